from channels.generic.websocket import AsyncJsonWebsocketConsumer


class BoardConsumer(AsyncJsonWebsocketConsumer):
    groups = ["board"]

    async def receive_json(self, content, **kwargs):
        await self.channel_layer.group_send("board", {"type": "note", "text": str(content.get("text", ""))})

    async def note(self, event):
        await self.send_json({"text": event["text"]})
