//! The machine: what each request and each due time does (protocol §2, §3).
