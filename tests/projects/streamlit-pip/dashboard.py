import streamlit as st

from bakery.sales import by_day, read_sales

st.set_page_config(page_title="Bakery", page_icon="🥖")
st.title("Loaves by weekday")


@st.cache_data
def sales():
    return read_sales()


kinds = sorted(sales()["kind"].unique())
chosen = st.multiselect("Kind", kinds, default=kinds)
table = by_day(sales(), chosen)
st.bar_chart(table)
st.metric("Loaves in all", int(table.to_numpy().sum()))
st.caption("[About the figures](app/static/about.txt)")
