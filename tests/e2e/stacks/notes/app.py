"""Notes in PostgreSQL, shown by Streamlit."""

import os

import streamlit as st
from sqlalchemy import create_engine, text


@st.cache_resource
def engine():
    made = create_engine(os.environ["DATABASE_URL"], pool_pre_ping=True)
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS notes (body text)"))
    return made


st.title("Notes")
said = st.text_input("A note", key="note")
if st.button("Keep"):
    with engine().begin() as connection:
        connection.execute(text("INSERT INTO notes VALUES (:body)"), {"body": said})
with engine().connect() as connection:
    for (body,) in connection.execute(text("SELECT body FROM notes")):
        st.write(body)
