"""Routes of the JSON and search modules, as far as GLIDE has request types for them.

GLIDE's core converts most search replies for Valkey's search module; undoing that is not done here.
"""

from __future__ import annotations

from typing import Any

from glide_shared.request_type import RequestType

from adapter.translate import raw
from adapter.translate.plan import Words
from adapter.translate.table import Table

modules = Table()

KNOWN_MODULES = tuple(b"JSON. FT. BF. CF. CMS. TOPK. TDIGEST. TS.".split())
"""Prefixes of the modules whose replies have neither big numbers nor attributes."""


def toggled(words: Words, reply: Any) -> Any:
    """``[True, None]`` -> ``[1, None]``; with the old path syntax ``True`` -> ``b'true'``."""
    if type(reply) is bool:
        return b"true" if reply else b"false"
    if type(reply) is list:
        return [None if item is None else int(item) for item in reply]
    return raw.plain(words, reply)


modules.row("JSON.ARRAPPEND", RequestType.JsonArrAppend, raw.deep)
modules.row("JSON.ARRINDEX", RequestType.JsonArrIndex, raw.deep)
modules.row("JSON.ARRINSERT", RequestType.JsonArrInsert, raw.deep)
modules.row("JSON.ARRLEN", RequestType.JsonArrLen, raw.deep)
modules.row("JSON.ARRPOP", RequestType.JsonArrPop, raw.deep)
modules.row("JSON.ARRTRIM", RequestType.JsonArrTrim, raw.deep)
modules.row("JSON.CLEAR", RequestType.JsonClear, raw.deep)
modules.row("JSON.DEBUG", RequestType.JsonDebug, raw.deep)
modules.row("JSON.DEL", RequestType.JsonDel, raw.deep)
modules.row("JSON.FORGET", RequestType.JsonForget, raw.deep)
modules.row("JSON.GET", RequestType.JsonGet, raw.deep)
modules.row("JSON.MGET", RequestType.JsonMGet, raw.deep)
modules.row("JSON.NUMINCRBY", RequestType.JsonNumIncrBy, raw.deep)
modules.row("JSON.NUMMULTBY", RequestType.JsonNumMultBy, raw.deep)
modules.row("JSON.OBJKEYS", RequestType.JsonObjKeys, raw.deep)
modules.row("JSON.OBJLEN", RequestType.JsonObjLen, raw.deep)
modules.row("JSON.RESP", RequestType.JsonResp, raw.deep)
modules.row("JSON.SET", RequestType.JsonSet, raw.deep)
modules.row("JSON.STRAPPEND", RequestType.JsonStrAppend, raw.deep)
modules.row("JSON.STRLEN", RequestType.JsonStrLen, raw.deep)
modules.row("JSON.TOGGLE", RequestType.JsonToggle, toggled)
modules.row("JSON.TYPE", RequestType.JsonType, raw.deep)

modules.row("FT._LIST", RequestType.FtList, raw.deep)
modules.row("FT.AGGREGATE", RequestType.FtAggregate, raw.deep)
modules.row("FT.ALIASADD", RequestType.FtAliasAdd, raw.deep)
modules.row("FT.ALIASDEL", RequestType.FtAliasDel, raw.deep)
modules.row("FT._ALIASLIST", RequestType.FtAliasList, raw.deep)
modules.row("FT.ALIASUPDATE", RequestType.FtAliasUpdate, raw.deep)
modules.row("FT.CREATE", RequestType.FtCreate, raw.deep)
modules.row("FT.DROPINDEX", RequestType.FtDropIndex, raw.deep)
modules.row("FT.EXPLAIN", RequestType.FtExplain, raw.deep)
modules.row("FT.EXPLAINCLI", RequestType.FtExplainCli, raw.deep)
modules.row("FT.INFO", RequestType.FtInfo, raw.deep)
modules.row("FT.PROFILE", RequestType.FtProfile, raw.deep)
modules.row("FT.SEARCH", RequestType.FtSearch, raw.deep)
