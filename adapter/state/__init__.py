"""What a client remembers between two commands; pure, no module here sends a byte."""
