"""redis-py's PubSub and ours, side by side on the same server: the same steps, the same results."""

from __future__ import annotations

import pytest

from tests.integration.pubsub_scenes import OPTIONS, SCENES, Scene, aperform, perform

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]

scenes = pytest.mark.parametrize("steps", SCENES.values(), ids=SCENES)


@scenes
def test_the_same_steps_have_the_same_results(steps, make_client, make_redis_py):
    control = make_redis_py()
    for options in OPTIONS:
        expected = perform(Scene(make_redis_py(**options), control), steps)
        assert perform(Scene(make_client(**options), control), steps) == expected, options


@scenes
async def test_the_same_steps_have_the_same_results_when_awaited(
    steps, make_async_client, make_async_redis_py, make_redis_py
):
    control = make_redis_py()
    for options in OPTIONS:
        expected = await aperform(Scene(make_async_redis_py(**options), control), steps)
        assert await aperform(Scene(make_async_client(**options), control), steps) == expected, (
            options
        )
