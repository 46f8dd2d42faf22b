"""The libraries that scripts are given, on the mock and on the real servers: cjson.

Each table is ``(script, what comes of it)``, said by the servers themselves.
"""

from __future__ import annotations

import pytest

from tests.integration.scripts import differs, said, stopped

DECODING = [
    (
        'return cjson.decode("x")',
        stopped("ERR user_script:1: Expected value but found invalid token at character 1"),
    ),
    (
        'return cjson.decode("")',
        stopped("ERR user_script:1: Expected value but found T_END at character 1"),
    ),
    (
        'return cjson.decode("[1")',
        stopped("ERR user_script:1: Expected comma or array end but found T_END at character 3"),
    ),
    (
        'return cjson.decode("[1,]")',
        stopped("ERR user_script:1: Expected value but found T_ARR_END at character 4"),
    ),
    (
        'return cjson.decode("{")',
        stopped("ERR user_script:1: Expected object key string but found T_END at character 2"),
    ),
    (
        'return cjson.decode("{1:2}")',
        stopped("ERR user_script:1: Expected object key string but found T_NUMBER at character 2"),
    ),
    (
        "return cjson.decode('{\"a\"}')",
        stopped("ERR user_script:1: Expected colon but found T_OBJ_END at character 5"),
    ),
    (
        "return cjson.decode('{\"a\":1,}')",
        stopped("ERR user_script:1: Expected object key string but found T_OBJ_END at character 8"),
    ),
    (
        'return cjson.decode(\'{"a":1 "b"}\')',
        stopped(
            "ERR user_script:1: Expected comma or object end but found T_STRING at character 8"
        ),
    ),
    (
        "return cjson.decode('\"abc')",
        stopped(
            "ERR user_script:1: Expected value but found unexpected end of string at character 5"
        ),
    ),
    (
        "return cjson.decode('\"a\\\\qc\"')",
        stopped("ERR user_script:1: Expected value but found invalid escape code at character 3"),
    ),
    (
        "return cjson.decode('\"a\\\\u12\"')",
        stopped(
            "ERR user_script:1: Expected value but found invalid unicode escape code at character 3"
        ),
    ),
    (
        "return cjson.decode('\"\\\\ud800\"')",
        stopped(
            "ERR user_script:1: Expected value but found invalid unicode escape code at character 2"
        ),
    ),
    (
        "return cjson.decode('\"\\\\udc00\"')",
        stopped(
            "ERR user_script:1: Expected value but found invalid unicode escape code at character 2"
        ),
    ),
    ("return cjson.decode('\"\\\\ud83d\\\\ude00\"')", b"\xf0\x9f\x98\x80"),
    ("return cjson.decode('\"\\\\u00e9\\\\u4e2d\"')", b"\xc3\xa9\xe4\xb8\xad"),
    (
        'return cjson.decode("nul")',
        stopped("ERR user_script:1: Expected value but found invalid token at character 1"),
    ),
    (
        'return cjson.decode("tru")',
        stopped("ERR user_script:1: Expected value but found invalid token at character 1"),
    ),
    (
        'return cjson.decode("1 2")',
        stopped("ERR user_script:1: Expected the end but found T_NUMBER at character 3"),
    ),
    (
        'return cjson.decode("[1 2]")',
        stopped("ERR user_script:1: Expected comma or array end but found T_NUMBER at character 4"),
    ),
    (
        'return cjson.decode("-")',
        stopped("ERR user_script:1: Expected value but found invalid number at character 1"),
    ),
    (
        'return cjson.decode("-x")',
        stopped("ERR user_script:1: Expected value but found invalid number at character 1"),
    ),
    ('return cjson.decode("+5")', 5),
    ('return cjson.decode("0x1F")', 31),
    ('return cjson.decode("007")', 7),
    (
        'return tostring(cjson.decode("1e"))',
        stopped("ERR user_script:1: Expected the end but found invalid token at character 2"),
    ),
    ('return tostring(cjson.decode("1.5e3"))', b"1500"),
    ('return tostring(cjson.decode("inf"))', b"inf"),
    ('return tostring(cjson.decode("-Infinity"))', b"-inf"),
    ('return tostring(cjson.decode("NaN"))', b"nan"),
    ('return tostring(cjson.decode("nan"))', b"nan"),
    ('return tostring(cjson.decode("1."))', b"1"),
    (
        'return tostring(cjson.decode(".5"))',
        stopped("ERR user_script:1: Expected value but found invalid token at character 1"),
    ),
    ('return tostring(cjson.decode("1e5"))', b"100000"),
    ('return tostring(cjson.decode("12345678901234567890"))', b"1.2345678901235e+19"),
    (
        "return cjson.decode()",
        stopped("ERR user_script:1: bad argument #1 to 'decode' (expected 1 argument)"),
    ),
    ("return cjson.decode(1)", 1),
    (
        "return cjson.decode({})",
        stopped("ERR user_script:1: bad argument #1 to 'decode' (string expected, got table)"),
    ),
    (
        'return cjson.decode("1","2")',
        stopped("ERR user_script:1: bad argument #1 to 'decode' (expected 1 argument)"),
    ),
    (
        "return cjson.decode(nil)",
        stopped("ERR user_script:1: bad argument #1 to 'decode' (string expected, got nil)"),
    ),
    (
        'return cjson.decode("a\\0b")',
        stopped("ERR user_script:1: JSON parser does not support UTF-16 or UTF-32"),
    ),
    (
        'return cjson.decode("\\0a")',
        stopped("ERR user_script:1: JSON parser does not support UTF-16 or UTF-32"),
    ),
    (
        'return cjson.decode("[1\\0")',
        stopped("ERR user_script:1: Expected comma or array end but found T_END at character 3"),
    ),
    (
        "return cjson.decode('\"a\\0b\"')",
        stopped(
            "ERR user_script:1: Expected value but found unexpected end of string at character 3"
        ),
    ),
    ('return cjson.decode(" \\t\\r\\n[1, 2 ]  ")', [1, 2]),
    (
        'return cjson.decode("]")',
        stopped("ERR user_script:1: Expected value but found T_ARR_END at character 1"),
    ),
    (
        'return cjson.decode(",")',
        stopped("ERR user_script:1: Expected value but found T_COMMA at character 1"),
    ),
    (
        'return cjson.decode(":")',
        stopped("ERR user_script:1: Expected value but found T_COLON at character 1"),
    ),
    (
        'return cjson.decode("}")',
        stopped("ERR user_script:1: Expected value but found T_OBJ_END at character 1"),
    ),
    (
        'return cjson.decode("[}")',
        stopped("ERR user_script:1: Expected value but found T_OBJ_END at character 2"),
    ),
    (
        'return cjson.decode("{]")',
        stopped("ERR user_script:1: Expected object key string but found T_ARR_END at character 2"),
    ),
    ('return cjson.decode("[true,false,null]")', [1, None, None]),
    ('return cjson.decode(\'{"a":[1,{"b":2}]}\').a[2].b', 2),
    ("return cjson.decode('\"a\\nb\"')", b"a\nb"),
    (
        'return cjson.decode(\'"\\\\/\\\\b\\\\t\\\\n\\\\f\\\\r\\\\"\\\\\\\\"\')',
        b'/\x08\t\n\x0c\r"\\',
    ),
    ('return cjson.decode(string.rep("[",1000)..string.rep("]",1000)) ~= nil', 1),
    (
        'return cjson.decode(string.rep("[",1001))',
        stopped(
            "ERR user_script:1: Found too many nested data structures (1001) at character 1001"
        ),
    ),
    (
        "return cjson.decode(string.rep('{\"a\":',1001))",
        stopped(
            "ERR user_script:1: Found too many nested data structures (1001) at character 5001"
        ),
    ),
    (
        'return cjson.decode("\\239\\187\\1911")',
        stopped("ERR user_script:1: Expected value but found invalid token at character 1"),
    ),
    (
        "return cjson.decode(\"'a'\")",
        stopped("ERR user_script:1: Expected value but found invalid token at character 1"),
    ),
    (
        'return cjson.decode("i")',
        stopped("ERR user_script:1: Expected value but found invalid token at character 1"),
    ),
    (
        'return cjson.decode("infx")',
        stopped("ERR user_script:1: Expected the end but found invalid token at character 4"),
    ),
    (
        'return cjson.decode("I")',
        stopped("ERR user_script:1: Expected value but found invalid token at character 1"),
    ),
    (
        'return cjson.decode("truex")',
        stopped("ERR user_script:1: Expected the end but found invalid token at character 5"),
    ),
    (
        'return cjson.decode("[tru]")',
        stopped("ERR user_script:1: Expected value but found invalid token at character 2"),
    ),
    (
        "return cjson.decode('{\"a\":x}')",
        stopped("ERR user_script:1: Expected value but found invalid token at character 6"),
    ),
    (
        "return cjson.decode('{\"a\" 1}')",
        stopped("ERR user_script:1: Expected colon but found T_NUMBER at character 6"),
    ),
    (
        "return cjson.decode('{,}')",
        stopped("ERR user_script:1: Expected object key string but found T_COMMA at character 2"),
    ),
    (
        "return cjson.decode('[\"a\\\\x\"]')",
        stopped("ERR user_script:1: Expected value but found invalid escape code at character 4"),
    ),
    ('return cjson.decode("1e400") == math.huge', 1),
    ("return type(cjson.new())", b"table"),
    (
        'local ok,e=pcall(cjson.decode,"x") return e',
        b"Expected value but found invalid token at character 1",
    ),
    (
        'local d=cjson.decode d("x")',
        stopped("ERR user_script:1: Expected value but found invalid token at character 1"),
    ),
    (
        '\nlocal d=cjson.decode\nreturn d("x")',
        stopped("ERR user_script:3: Expected value but found invalid token at character 1", line=3),
    ),
    (
        'local f=function(s) return cjson.decode(s) end\nreturn f("x")',
        stopped("ERR user_script:1: Expected value but found invalid token at character 1"),
    ),
    (
        "local s=0 local a={} for k,v in "
        'pairs(cjson.decode(\'{"one":1,"two":2,"three":3,"four":4,"five":5}\')) do a[#a+1]=k '
        "end return a",
        [b"two", b"three", b"one", b"five", b"four"],
    ),
]

ENCODING = [
    (
        "return cjson.encode()",
        stopped("ERR user_script:1: bad argument #1 to 'encode' (expected 1 argument)"),
    ),
    (
        "return cjson.encode(1,2)",
        stopped("ERR user_script:1: bad argument #1 to 'encode' (expected 1 argument)"),
    ),
    ("return cjson.encode(nil)", b"null"),
    ("return cjson.encode({})", b"{}"),
    ("return cjson.encode({1,2,3})", b"[1,2,3]"),
    ("return cjson.encode({1,nil,3})", b"[1,null,3]"),
    (
        "return cjson.encode({[1]=1,[100]=2})",
        stopped("ERR user_script:1: Cannot serialise table: excessively sparse array"),
    ),
    ("return cjson.encode({[1]=1,[10]=2})", b"[1,null,null,null,null,null,null,null,null,2]"),
    (
        "return cjson.encode({[1]=1,[11]=2})",
        stopped("ERR user_script:1: Cannot serialise table: excessively sparse array"),
    ),
    ("return cjson.encode({[0]=1})", b'{"0":1}'),
    ("return cjson.encode({[1.5]=1})", b'{"1.5":1}'),
    ("return cjson.encode({[-1]=1})", b'{"-1":1}'),
    ("return cjson.encode({a=1})", b'{"a":1}'),
    (
        "return cjson.encode({[true]=1})",
        stopped(
            "ERR user_script:1: Cannot serialise boolean: table key must be a number or string"
        ),
    ),
    (
        "return cjson.encode(function() end)",
        stopped("ERR user_script:1: Cannot serialise function: type not supported"),
    ),
    (
        "return cjson.encode({f=print})",
        stopped(
            "ERR user_script:1: Script attempted to access nonexistent global variable 'print'"
        ),
    ),
    (
        "return cjson.encode({function() end})",
        stopped("ERR user_script:1: Cannot serialise function: type not supported"),
    ),
    ("return cjson.encode(cjson.null)", b"null"),
    ("return cjson.encode({cjson.null})", b"[null]"),
    ("return cjson.encode(true)", b"true"),
    (
        'return cjson.encode("a/b\\"\\\\\\n\\t\\0\\127\\31\\200")',
        b'"a\\/b\\"\\\\\\n\\t\\u0000\\u007f\\u001f\xc8"',
    ),
    ("return cjson.encode(1.5)", b"1.5"),
    ("return cjson.encode(1e15)", b"1e+15"),
    ("return cjson.encode(1e14)", b"1e+14"),
    ("return cjson.encode(100)", b"100"),
    ("return cjson.encode(0.1)", b"0.1"),
    ("return cjson.encode(1/3)", b"0.33333333333333"),
    ("return cjson.encode(1e100)", b"1e+100"),
    ("return cjson.encode(-0.0)", b"-0"),
    ("return cjson.encode(123456789012345678)", b"1.2345678901235e+17"),
    (
        "return cjson.encode(1/0)",
        stopped("ERR user_script:1: Cannot serialise number: must not be NaN or Inf"),
    ),
    (
        "return cjson.encode(0/0)",
        stopped("ERR user_script:1: Cannot serialise number: must not be NaN or Inf"),
    ),
    (
        "return cjson.encode({1/0})",
        stopped("ERR user_script:1: Cannot serialise number: must not be NaN or Inf"),
    ),
    ('return cjson.encode({x={y={1,2,{z="w"}}}})', b'{"x":{"y":[1,2,{"z":"w"}]}}'),
    ("return cjson.encode({10,20,x=1})", b'{"1":10,"2":20,"x":1}'),
    (
        "return cjson.encode(_G.redis) ~= nil",
        stopped("ERR user_script:1: Cannot serialise function: type not supported"),
    ),
    ("return cjson.encode({{}, {{}}})", b"[{},[{}]]"),
    ("return {cjson.encode_sparse_array()}", [None, 2, 10]),
    ("return {cjson.encode_sparse_array(true,3,5)}", [1, 3, 5]),
    ("return {cjson.encode_sparse_array(false,2,10)}", [None, 2, 10]),
    (
        "local t={} for i=1,1001 do t={t} end return cjson.encode(t)",
        stopped("ERR user_script:1: Cannot serialise, excessive nesting (1001)"),
    ),
    ("local t={} for i=1,999 do t={t} end return #cjson.encode(t)", 2000),
    (
        "local t={} t.self=t return cjson.encode(t)",
        stopped("ERR user_script:1: Cannot serialise, excessive nesting (1001)"),
    ),
]

SETTINGS = [
    ("return {cjson.encode_sparse_array()}", [None, 2, 10]),
    ("return {cjson.encode_max_depth()}", [1000]),
    ("return {cjson.decode_max_depth()}", [1000]),
    ("return {cjson.encode_number_precision()}", [14]),
    ("return {cjson.encode_keep_buffer()}", [1]),
    ("return {cjson.encode_invalid_numbers()}", [None]),
    ("return {cjson.decode_invalid_numbers()}", [1]),
    (
        "local c=cjson.new() return c.encode_max_depth(0)",
        stopped(
            "ERR user_script:1: bad argument #1 to 'encode_max_depth' (expected integer "
            "between 1 and 2147483647)"
        ),
    ),
    (
        'local c=cjson.new() return c.encode_max_depth("x")',
        stopped(
            "ERR user_script:1: bad argument #1 to 'encode_max_depth' (number expected, got string)"
        ),
    ),
    (
        "local c=cjson.new() return c.encode_max_depth(1,2)",
        stopped(
            "ERR user_script:1: bad argument #2 to 'encode_max_depth' (found too many arguments)"
        ),
    ),
    ("local c=cjson.new() return c.encode_max_depth(1.9)", 1),
    ('local c=cjson.new() return c.encode_max_depth("7")', 7),
    ("local c=cjson.new() return c.encode_max_depth(nil)", 1000),
    (
        "local c=cjson.new() return c.encode_max_depth(2),c.encode({{{}}})",
        stopped("ERR user_script:1: Cannot serialise, excessive nesting (3)"),
    ),
    (
        'local c=cjson.new() return c.decode_max_depth(2),c.decode("[[[1]]]")',
        stopped("ERR user_script:1: Found too many nested data structures (3) at character 3"),
    ),
    (
        "local c=cjson.new() return c.encode_number_precision(15)",
        stopped(
            "ERR user_script:1: bad argument #1 to 'encode_number_precision' (expected integer "
            "between 1 and 14)"
        ),
    ),
    (
        "local c=cjson.new() return c.encode_number_precision(0)",
        stopped(
            "ERR user_script:1: bad argument #1 to 'encode_number_precision' (expected integer "
            "between 1 and 14)"
        ),
    ),
    ("local c=cjson.new() return {c.encode_number_precision(3),c.encode(math.pi)}", [3, b"3.14"]),
    (
        'local c=cjson.new() return c.encode_invalid_numbers("foo")',
        stopped(
            "ERR user_script:1: bad argument #1 to 'encode_invalid_numbers' (invalid option 'foo')"
        ),
    ),
    (
        'local c=cjson.new() return {c.encode_invalid_numbers("null"),c.encode({0/0,1/0})}',
        [b"null", b"[null,null]"],
    ),
    (
        'local c=cjson.new() return {c.encode_invalid_numbers("on"),c.encode({0/0,1/0,-1/0})}',
        [1, b"[nan,inf,-inf]"],
    ),
    ("local c=cjson.new() return c.encode_invalid_numbers(true)", 1),
    ('local c=cjson.new() return c.encode_invalid_numbers("off")', None),
    (
        "local c=cjson.new() return c.encode_invalid_numbers(1)",
        stopped(
            "ERR user_script:1: bad argument #1 to 'encode_invalid_numbers' (invalid option '1')"
        ),
    ),
    (
        'local c=cjson.new() return {c.decode_invalid_numbers(false),pcall(c.decode,"0x1")}',
        [None, None, b"Expected value but found invalid number at character 1"],
    ),
    (
        'local c=cjson.new() return {c.decode_invalid_numbers("off"),pcall(c.decode,"[01]")}',
        [None, None, b"Expected value but found invalid number at character 2"],
    ),
    (
        'local c=cjson.new() return {c.decode_invalid_numbers(false),pcall(c.decode,"inf")}',
        [None, None, b"Expected value but found invalid token at character 1"],
    ),
    (
        'local c=cjson.new() return {c.decode_invalid_numbers(false),pcall(c.decode,"+1")}',
        [None, None, b"Expected value but found invalid token at character 1"],
    ),
    (
        'local c=cjson.new() return {c.decode_invalid_numbers(false),pcall(c.decode,"-nan")}',
        [None, None, b"Expected value but found invalid number at character 1"],
    ),
    (
        'local c=cjson.new() return c.decode_invalid_numbers("null")',
        stopped(
            "ERR user_script:1: bad argument #1 to 'decode_invalid_numbers' (invalid option 'null')"
        ),
    ),
    ('local c=cjson.new() return c.encode_keep_buffer("on")', 1),
    ("local c=cjson.new() return c.encode_keep_buffer(false)", None),
    (
        "local c=cjson.new() return c.encode_keep_buffer(1)",
        stopped("ERR user_script:1: bad argument #1 to 'encode_keep_buffer' (invalid option '1')"),
    ),
    ("local c=cjson.new() return {c.encode_sparse_array(true,3,5)}", [1, 3, 5]),
    (
        "local c=cjson.new() return {c.encode_sparse_array(true),c.encode({[1]=1,[20]=2})}",
        [1, b'{"1":1,"20":2}'],
    ),
    (
        "local c=cjson.new() return {c.encode_sparse_array(false,0),c.encode({[1]=1,[20]=2})}",
        [
            None,
            b"[1," + 18 * b"null," + b"2]",
        ],
    ),
    (
        "local c=cjson.new() return "
        "{c.encode_sparse_array(false,2,1),pcall(c.encode,{[1]=1,[4]=2})}",
        [None, 1, b"[1,null,null,2]"],
    ),
    (
        "local c=cjson.new() return c.encode_sparse_array(false,-1)",
        stopped(
            "ERR user_script:1: bad argument #1 to 'encode_sparse_array' (expected integer "
            "between 0 and 2147483647)"
        ),
    ),
    (
        "local c=cjson.new() return c.encode_sparse_array(false,2,-1)",
        stopped(
            "ERR user_script:1: bad argument #1 to 'encode_sparse_array' (expected integer "
            "between 0 and 2147483647)"
        ),
    ),
    (
        "local c=cjson.new() return c.encode_sparse_array(false,2,10,4)",
        stopped(
            "ERR user_script:1: bad argument #4 to 'encode_sparse_array' (found too many arguments)"
        ),
    ),
    ("local c=cjson.new() return c.encode({1})", b"[1]"),
    ("local c=cjson.new() return c == cjson", None),
    ("local c=cjson.new() return type(c.new)", b"function"),
    ("local c=cjson.new() return c.null == cjson.null", 1),
    ("local c=cjson.new() return {c._NAME,c._VERSION}", [b"cjson", b"2.1.0"]),
    ("local c=cjson.new() return cjson.encode_max_depth()", 1000),
]


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(DECODING, id="decoding"),
        pytest.param(ENCODING, id="encoding"),
        pytest.param(SETTINGS, id="settings"),
    ],
)
def test_cjson_does_the_same_everywhere(server, wire, table):
    found = {script: said(wire, script) for script, _ in table}
    assert found == {script: differs.on(server, expected) for script, expected in table}
