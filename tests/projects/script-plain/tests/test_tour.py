from tour import knights_tour


def test_every_square_once():
    assert len(set(knights_tour(5))) == 25
