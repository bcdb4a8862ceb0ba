def test_index():
    from books.views import index

    assert index(None).status_code == 200
