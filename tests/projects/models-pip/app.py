"""Sentiment of a text, its entities and its vector."""

import nltk
import spacy
from flask import Flask, request
from nltk.sentiment import SentimentIntensityAnalyzer
from sentence_transformers import SentenceTransformer

for name in ("stopwords", "vader_lexicon"):
    try:
        nltk.data.find(name)
    except LookupError:
        nltk.download(name)

app = Flask(__name__)
nlp = spacy.load("en_core_web_sm")
model = SentenceTransformer("all-MiniLM-L6-v2", revision="c9745ed1d9f207416be6d2e6f8de32d1f16199bf")


@app.post("/")
def read():
    text = request.get_data(as_text=True)
    return {
        "mood": SentimentIntensityAnalyzer().polarity_scores(text),
        "entities": [entity.text for entity in nlp(text).ents],
        "vector": model.encode(text).tolist(),
    }
