"""One file per suite: its docstring says what is compared and why that is fair, ``contests`` yields
what is measured.
"""
