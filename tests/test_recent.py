"""Recent results of a computation."""

from cartoonize.recent import Recent


def test_the_last_results_are_kept():
    computed = []

    def square(n):
        computed.append(n)
        return n * n

    recent = Recent(2)
    assert [recent.of(n, lambda n=n: square(n)) for n in (1, 2, 1, 3, 1, 2)] == [1, 4, 1, 9, 1, 4]
    assert computed == [1, 2, 3, 2]  # 3 replaced 2, which was not asked for since


def test_none_is_a_result():
    recent = Recent(1)
    assert recent.of("a", lambda: None) is None
    assert recent.of("a", lambda: 1) is None
