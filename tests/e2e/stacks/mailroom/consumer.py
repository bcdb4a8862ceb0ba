"""Files letters from the queue. It ends where broker or database is away: the stack starts it again."""

import pika
from store import AMQP_URL, connect


def main() -> None:
    channel = pika.BlockingConnection(pika.URLParameters(AMQP_URL)).channel()
    channel.queue_declare("letters", durable=True)
    for method, _, body in channel.consume("letters"):
        with connect() as connection:
            connection.execute("INSERT INTO letters VALUES (%s)", (body.decode(),))
        channel.basic_ack(method.delivery_tag)


if __name__ == "__main__":
    main()
