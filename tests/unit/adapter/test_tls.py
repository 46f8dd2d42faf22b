"""What redis-py takes as the names of files, GLIDE is given as their text."""

from __future__ import annotations

import ssl

import pytest

from adapter.connect.tls import _for_glide


@pytest.fixture
def folder(tmp_path):
    for name, text in {"b.pem": "B", "a.pem": "A", "cert": "C", "key": "K"}.items():
        tmp_path.joinpath(name).write_text(text)
    tmp_path.joinpath("deeper").mkdir()
    return tmp_path


def test_without_any_it_is_given_nothing():
    given = _for_glide({})

    assert (given.root_pem_cacerts, given.client_cert_pem, given.client_key_pem) == (None,) * 3
    assert not given.use_insecure_tls


def test_authorities_come_from_a_file_a_folder_and_the_text_itself(folder):
    folder.joinpath("cert").unlink()
    folder.joinpath("key").unlink()
    authorities = folder / "a.pem"

    given = _for_glide({"ssl_ca_certs": str(authorities), "ssl_ca_data": "text"})
    assert given.root_pem_cacerts == b"A\ntext"
    assert _for_glide({"ssl_ca_path": str(folder)}).root_pem_cacerts == b"A\nB\n"


def test_an_authority_in_binary_form_becomes_text():
    given = _for_glide({"ssl_ca_data": b"\x30\x00"})

    assert given.root_pem_cacerts == ssl.DER_cert_to_PEM_cert(b"\x30\x00").encode()


def test_a_certificates_file_may_hold_its_key(folder):
    certificate, key = str(folder / "cert"), str(folder / "key")

    both = _for_glide({"ssl_certfile": certificate, "ssl_keyfile": key})
    assert (both.client_cert_pem, both.client_key_pem) == (b"C\n", b"K\n")
    assert _for_glide({"ssl_certfile": certificate}).client_key_pem == b"C\n"


@pytest.mark.parametrize("unchecked", ["none", ssl.CERT_NONE])
def test_who_checks_nothing_gets_what_glide_calls_insecure(unchecked):
    assert _for_glide({"ssl_cert_reqs": unchecked}).use_insecure_tls
