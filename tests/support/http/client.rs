//! A client of a server over HTTP: envelopes in, envelopes out.

use std::cell::Cell;

use resonate_core::Millis;
use resonate_core::protocol::envelope::{decode_answer, encode_request};
use resonate_core::protocol::{Answer, Request, VERSION};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::HeaderMap;

use super::dots;

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Reply {
    /// The body as JSON; `null` when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The envelope's data.
    #[must_use]
    pub fn data(&self) -> Value {
        self.json()["data"].clone()
    }
}

/// A client.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    /// Where the server is, without a slash at the end.
    pub url: String,
    /// What is shown in `head.auth`.
    pub token: Option<String>,
    /// Whether ids are written with dots, as the server wants them.
    dots: bool,
    next: Cell<u64>,
}

impl Client {
    /// A client of the server at `url`.
    #[must_use]
    pub fn new(url: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(super::raw::PATIENCE))
            .build();
        Self {
            agent: config.into(),
            url: url.trim_end_matches('/').to_owned(),
            token: None,
            dots: false,
            next: Cell::new(1),
        }
    }

    /// The same, with a token.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// The same, writing ids in the way that the server takes.
    ///
    /// # Panics
    /// As [`Client::post`].
    #[must_use]
    pub fn in_its_dialect(mut self) -> Self {
        let tags = json!({ "resonate:origin": "x" });
        let child = json!({ "id": "x:1", "timeoutAt": 0, "tags": tags });
        self.dots = self.call("promise.create", &child).status == 400;
        self
    }

    /// Posts a text to the root.
    ///
    /// # Panics
    /// When the server cannot be reached.
    #[must_use]
    pub fn post(&self, body: &str) -> Reply {
        self.post_with(body, &[])
    }

    /// Posts a text to the root, with headers.
    ///
    /// # Panics
    /// As [`Client::post`].
    #[must_use]
    pub fn post_with(&self, body: &str, headers: &[(&str, &str)]) -> Reply {
        let mut request = self.agent.post(format!("{}/", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        reply(request.send(body))
    }

    /// Makes a request of a method without a body.
    ///
    /// # Panics
    /// As [`Client::post`].
    #[must_use]
    pub fn fetch(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url));
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        let request = request.body(()).expect("a request can be made");
        reply(self.agent.run(request))
    }

    /// Sends an envelope of a kind and checks what every answer has: the kind and the
    /// correlation id of the request, the version, one status in two places, and JSON.
    ///
    /// # Panics
    /// When an answer lacks any of it.
    #[must_use]
    pub fn call(&self, kind: &str, data: &Value) -> Reply {
        self.send(&mut self.envelope(kind, data))
    }

    /// The same, at an instant.
    ///
    /// # Panics
    /// As [`Client::call`].
    #[must_use]
    pub fn call_at(&self, at: i64, kind: &str, data: &Value) -> Reply {
        let mut envelope = self.envelope(kind, data);
        envelope["head"]["resonate:debug_time"] = at.into();
        self.send(&mut envelope)
    }

    /// Makes a typed request; with an instant, at that instant.
    ///
    /// # Panics
    /// When the answer is none.
    pub fn ask(&self, request: &Request, at: Option<Millis>) -> Answer {
        let text = encode_request("0", None, request);
        let mut envelope: Value = serde_json::from_str(&text).expect("a request is JSON");
        if let Some(at) = at {
            envelope["head"]["resonate:debug_time"] = at.get().into();
        }
        let reply = self.send(&mut envelope);
        let corr_id = envelope["head"]["corrId"].as_str().unwrap_or_default();
        decode_answer(reply.body.as_bytes(), request, corr_id)
            .unwrap_or_else(|error| panic!("{error}: {}", reply.body))
    }

    /// An envelope of a kind.
    #[must_use]
    pub fn envelope(&self, kind: &str, data: &Value) -> Value {
        json!({"kind": kind, "head": {"corrId": "", "version": VERSION}, "data": data})
    }

    fn send(&self, envelope: &mut Value) -> Reply {
        let number = self.next.replace(self.next.get() + 1);
        envelope["head"]["corrId"] = format!("c-{number}").into();
        if let Some(token) = &self.token {
            envelope["head"]["auth"] = token.as_str().into();
        }
        if self.dots {
            let kind = envelope["kind"].as_str().unwrap_or_default().to_owned();
            dots::write(&kind, &mut envelope["data"]);
        }
        let mut reply = self.post(&envelope.to_string());
        if self.dots {
            let mut told = reply.json();
            dots::read(&mut told["data"]);
            reply.body = told.to_string();
        }
        let (told, context) = (reply.json(), format!("{envelope} => {reply:?}"));
        assert_eq!(told["kind"], envelope["kind"], "{context}");
        let head = &told["head"];
        assert_eq!(head["corrId"], envelope["head"]["corrId"], "{context}");
        assert_eq!(head["version"], VERSION, "{context}");
        assert_eq!(head["status"], reply.status, "{context}");
        let content_type = reply.header("content-type");
        assert_eq!(content_type, Some("application/json"), "{context}");
        if reply.status >= 400 {
            assert!(told["data"].is_string(), "{context}");
        }
        reply
    }
}

fn reply(answered: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Reply {
    let mut answer = answered.expect("the server answers");
    let body = answer
        .body_mut()
        .with_config()
        .limit(64 << 20)
        .read_to_string();
    Reply {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        body: body.expect("a body is text"),
    }
}
