from django.test import SimpleTestCase


class Healthz(SimpleTestCase):
    def test_it_needs_no_database(self):
        self.assertEqual(self.client.get("/healthz/").content, b"ok")
