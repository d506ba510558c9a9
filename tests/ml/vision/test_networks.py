"""Both networks are what they are said to be."""

import numpy as np
import pytest

from ml.vision.networks import (
    BlockSpec,
    MonaCNNConfig,
    MonaLiteConfig,
    build,
    build_mona_cnn,
    get_weights,
    load_imagenet,
    set_weights,
)

SMALL = MonaLiteConfig(
    side=32, dim=4, stem=4, head=8, stages=(BlockSpec(1, 3, 1, 1, 4), BlockSpec(2, 3, 2, 2, 6))
)


@pytest.mark.slow
def test_the_papers_network_has_its_size_and_its_last_map() -> None:
    config = MonaCNNConfig()
    network = build_mona_cnn(config)
    two_logits = 2 * (config.dim + 1)  # the paper's last layer: "is Mona" and "is not Mona"
    assert network.count_params() + two_logits == 44_026_582
    assert network.get_layer("pool_7").output.shape == (None, 2, 2, 2048)
    assert network.output.shape == (None, 1, 1, 1024)


@pytest.mark.slow
def test_the_default_network_has_a_place_for_every_32_pixels() -> None:
    network = build(MonaLiteConfig(side=96))
    assert network.output.shape == (None, 3, 3, 256)
    without_embedding = network.count_params() - 1280 * 256 - 256
    assert without_embedding == 3_413_024


def test_a_side_that_leaves_nothing_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="side 300 is too small"):
        MonaCNNConfig(side=300)
    with pytest.raises(ValueError, match="side 100 must be a multiple of 32"):
        MonaLiteConfig(side=100)


@pytest.mark.slow
def test_weights_fit_another_side_and_nothing_else() -> None:
    import dataclasses

    small, larger = build(SMALL), build(dataclasses.replace(SMALL, side=64))
    set_weights(larger, get_weights(small))
    for name, weight in get_weights(small).items():
        np.testing.assert_array_equal(get_weights(larger)[name], weight)
    with pytest.raises(ValueError, match="embedding/kernel is missing or misshapen"):
        set_weights(build(dataclasses.replace(SMALL, dim=5)), get_weights(small))


@pytest.mark.slow
def test_imagenet_weights_are_laid_on_the_layers_they_belong_to(tmp_path) -> None:  # type: ignore[no-untyped-def]
    network = build(SMALL)
    rng = np.random.default_rng(0)
    arrays = {}
    for layer in network.layers:
        if layer.name == "embedding" or not layer.weights:
            continue
        source = layer.name
        if source.startswith("blocks_"):
            _, number, part = source.split("_")
            source = f"blocks.{number}._{part}" + ("" if "bn" in part else "_conv")
        if "bn" in source:
            for name in ("weight", "bias", "running_mean", "running_var"):
                arrays[f"_{source}.{name}"] = rng.random(layer.weights[0].shape, np.float32)
        else:
            axes = (2, 3, 0, 1) if "depthwise" in source else (3, 2, 0, 1)
            shape = tuple(layer.weights[0].shape[a] for a in axes)
            arrays[f"_{source}.weight"] = rng.random(shape, np.float32)
    np.savez(tmp_path / "weights.npz", **arrays)
    load_imagenet(network, tmp_path / "weights.npz")
    kernel = np.asarray(network.get_layer("blocks_1_expand").kernel)
    np.testing.assert_array_equal(
        kernel[0, 0], arrays["_blocks.1._expand_conv.weight"][:, :, 0, 0].T
    )
    depthwise = np.asarray(network.get_layer("blocks_1_depthwise").kernel)
    assert depthwise[2, 1, 3, 0] == arrays["_blocks.1._depthwise_conv.weight"][3, 0, 2, 1]
