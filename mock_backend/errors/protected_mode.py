"""What a client of another machine is told by a server that asks nobody for a password.

Source: networking.c (clientAcceptHandler).  The connection closes behind it.
"""

from __future__ import annotations

from mock_backend.replies import ReplyError


def denied() -> ReplyError:
    """``protected-mode`` is on, and the default user needs no password."""
    redis = {
        "who": "Redis is running",
        "outside": " to Redis you",
        "by": "by connecting to Redis",
        "it": "Redis is not",
        "file": "the Redis configuration file",
    }
    return (
        _denied(
            who="Running",
            outside=", you",
            by="by connecting",
            it="it's not",
            file="the configuration file",
            password="Set up an",
        )
        .before("7.2.0", _denied(**redis, password="Setup a an"))
        .before("valkey-8.0.0", _denied(**redis, password="Set up an"))
    )


def _denied(*, who: str, outside: str, by: str, it: str, file: str, password: str) -> ReplyError:
    return ReplyError(
        "DENIED",
        f"{who} in protected mode because protected mode is enabled and no password is set for the"
        " default user. In this mode connections are only accepted from the loopback interface. If"
        f" you want to connect from external computers{outside} may adopt one of the following"
        " solutions: 1) Just disable protected mode sending the command 'CONFIG SET protected-mode"
        f" no' from the loopback interface {by} from the same host the server is running, however"
        f" MAKE SURE {it} publicly accessible from internet if you do so. Use CONFIG REWRITE to"
        " make this change permanent. 2) Alternatively you can just disable the protected mode by"
        f" editing {file}, and setting the protected mode option to 'no', and then restarting the"
        " server. 3) If you started the server manually just for testing, restart it with the"
        f" '--protected-mode no' option. 4) {password} authentication password for the default"
        " user. NOTE: You only need to do one of the above things in order for the server to start"
        " accepting connections from the outside.",
    )
