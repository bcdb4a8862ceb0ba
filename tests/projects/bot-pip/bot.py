import logging
import os
import signal
import threading

from telegram import Update
from telegram.ext import Application, CommandHandler, ContextTypes

from dice.roll import BadRoll, roll

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
logging.getLogger("httpx").setLevel(logging.WARNING)
log = logging.getLogger("dicebot")

TOKEN = os.environ["TOKEN"]
DRY_RUN = os.environ.get("DRY_RUN", "") not in ("", "0", "false")


async def on_roll(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    try:
        await update.effective_message.reply_text(roll(" ".join(context.args) or "1d6"))
    except BadRoll as error:
        await update.effective_message.reply_text(str(error))


def dry_run() -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.wait(1):
        log.info("polling (dry run): %s", roll("2d6"))
    log.info("bye")


def main() -> None:
    log.info("the dice are warm")
    if DRY_RUN:
        dry_run()
        return
    application = Application.builder().token(TOKEN).build()
    application.add_handler(CommandHandler("roll", on_roll))
    application.run_polling()


if __name__ == "__main__":
    main()
