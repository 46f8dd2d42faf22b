"""No client is closed while somebody is inside a call of it: GLIDE would take the process along."""

import pytest
from glide_shared.exceptions import ClosingError

from adapter.connect.usage import Usage


class Client:
    _is_closed = False

    def close(self) -> None:
        assert not self._is_closed
        self._is_closed = True


def test_an_unused_client_is_closed_at_once():
    client, usage = Client(), Usage()

    usage.retire(client)

    assert client._is_closed
    assert usage.gone(client)


def test_a_client_in_use_is_closed_by_whoever_leaves_last():
    client, usage = Client(), Usage()
    usage.enter(client)
    usage.enter(client)
    usage.retire(client)

    usage.leave(client)
    assert not client._is_closed
    usage.leave(client)
    assert client._is_closed


def test_a_retired_client_takes_no_new_calls():
    client, usage = Client(), Usage()
    usage.enter(client)
    usage.retire(client)

    assert usage.gone(client)
    with pytest.raises(ClosingError):
        usage.enter(client)


def test_a_client_can_be_used_again_and_again():
    client, usage = Client(), Usage()
    for _ in range(3):
        usage.enter(client)
        usage.leave(client)

    assert not usage.gone(client)
