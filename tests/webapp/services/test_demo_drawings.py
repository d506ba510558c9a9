"""The drawings of the demo."""

from webapp.services.demo_drawings import SIDE, draw_all


def test_the_drawings_differ_and_have_their_size() -> None:
    drawings = dict(draw_all())
    assert len(drawings) == 24
    assert {image.size for image in drawings.values()} == {(SIDE, SIDE)}
    assert len({image.tobytes() for image in drawings.values()}) == 24
