from badges.register import names


def test_only_the_expected():
    assert names() == ["Ada Lovelace", "Grace Hopper"]
