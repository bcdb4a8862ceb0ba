import unittest

from app import app


class Hello(unittest.TestCase):
    def test_it_says_what_it_was_made_for(self) -> None:
        self.assertIn("distroless", app.test_client().get("/").text)
