"""Routes of scripts and functions.

EVAL, EVALSHA and SCRIPT LOAD come here as they are; who keeps scripts by their hash, and sends
the risky ones over the plain lane, is ``state/scripts.py``.
"""

from glide_shared.request_type import RequestType

from adapter.translate import introspection, raw
from adapter.translate.plan import Lane
from adapter.translate.table import Table

scripting = Table()

scripting.row("EVAL_RO", RequestType.EvalReadOnly, raw.deep, Lane.SCRIPT)
scripting.row("EVALSHA_RO", RequestType.EvalShaReadOnly, raw.deep, Lane.SCRIPT)
scripting.row("FCALL", RequestType.FCall, raw.deep, Lane.SCRIPT)
scripting.row("FCALL_RO", RequestType.FCallReadOnly, raw.deep, Lane.SCRIPT)
scripting.row("FUNCTION DELETE", RequestType.FunctionDelete)
scripting.row("FUNCTION DUMP", RequestType.FunctionDump)
scripting.row("FUNCTION FLUSH", RequestType.FunctionFlush)
scripting.row("FUNCTION LIST", RequestType.FunctionList, introspection.libraries)
scripting.row("FUNCTION LOAD", RequestType.FunctionLoad)
scripting.row("FUNCTION RESTORE", RequestType.FunctionRestore)
scripting.row("SCRIPT DEBUG", RequestType.ScriptDebug, lane=Lane.SESSION)
scripting.row("SCRIPT EXISTS", RequestType.ScriptExists, raw.flags)
scripting.row("SCRIPT FLUSH", RequestType.ScriptFlush, lane=Lane.SCRIPT)
scripting.row("SCRIPT SHOW", RequestType.ScriptShow)

# while a script runs, the connection that sent it answers nothing else
scripting.row("FUNCTION KILL", RequestType.FunctionKill, lane=Lane.BLOCKING)
scripting.row(
    "FUNCTION STATS", RequestType.FunctionStats, introspection.function_stats, lane=Lane.BLOCKING
)
scripting.row("SCRIPT KILL", RequestType.ScriptKill, lane=Lane.BLOCKING)

scripting.custom(
    "EVAL, EVALSHA",
    "the request type aborts the process, and `invoke_script` loses errors within arrays",
    lane=Lane.SCRIPT,
)
scripting.custom("SCRIPT LOAD", "its request type aborts the process", raw.plain, Lane.SCRIPT)
scripting.custom("FUNCTION HELP, SCRIPT HELP", "GLIDE has no request types for help texts")
