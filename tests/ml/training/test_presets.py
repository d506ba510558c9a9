"""Presets name stages of the curriculum."""

from ml.training.curriculum import STAGES
from ml.training.presets import FINE_TUNE, PRESETS, TINY


def test_every_stage_of_every_preset_is_one_of_the_curriculum() -> None:
    configs = (*PRESETS.values(), FINE_TUNE)
    assert {stage.stage for config in configs for stage in config.stages} == set(STAGES)
    assert [stage.stage for stage in TINY.stages] == list(STAGES)


def test_every_preset_ends_with_the_target() -> None:
    assert {config.stages[-1].stage for config in PRESETS.values()} == {"target"}
