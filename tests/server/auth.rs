//! Who may ask what (protocol §1.5, case 13 of §8.1).
#![allow(clippy::unwrap_used)]

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use resonate::server::PublicKey;
use serde_json::{Value, json};
use support::http::{Client, Stream, TestServer};

const TOKEN: &str = "Correct-Horse-Battery-Staple";

#[test]
fn only_the_whole_token_in_its_own_case_and_place_is_admitted() {
    let server = TestServer::start(|builder| builder.token(TOKEN));
    let (lower, upper) = (TOKEN.to_lowercase(), TOKEN.to_uppercase());
    let (longer, padded) = (format!("{TOKEN}s"), format!(" {TOKEN}"));
    let bearer = format!("Bearer {TOKEN}");
    let wrong = [
        "",
        &TOKEN[..TOKEN.len() - 1],
        &TOKEN[1..],
        &longer,
        &padded,
        &lower,
        &upper,
        &bearer,
        "null",
        "*",
    ];
    for token in wrong {
        for kind in ["promise.get", "debug.snap", "debug.reset", "nope"] {
            let reply = server
                .client()
                .with_token(token)
                .call(kind, &json!({"id": "p"}));
            assert_eq!(reply.status, 401, "{token:?} {kind} {reply:?}");
        }
        let header = format!("authorization: Bearer {token}x\r\n");
        let refused = Stream::open(server.address(), "/poll/g/a", &header).unwrap_err();
        assert_eq!(refused.status, 401, "{token:?}");
    }
    let reply = server
        .client()
        .with_token(TOKEN)
        .call("promise.get", &json!({"id": "p"}));
    assert_eq!(reply.status, 404);
}

#[test]
fn the_token_may_come_in_the_header_but_the_envelope_counts() {
    let server = TestServer::start(|builder| builder.token(TOKEN));
    let client = server.client();
    let get = client
        .envelope("promise.get", &json!({"id": "p"}))
        .to_string();
    let status =
        |client: &Client, value: &str| client.post_with(&get, &[("authorization", value)]).status;
    assert_eq!(status(&client, &format!("Bearer {TOKEN}")), 404);
    assert_eq!(status(&client, &format!("bearer {TOKEN}")), 404);
    for value in [
        TOKEN.to_owned(),
        format!("Basic {TOKEN}"),
        format!("Bearer {TOKEN}x"),
    ] {
        assert_eq!(status(&client, &value), 401, "{value}");
    }
    let mut wrong = client.envelope("promise.get", &json!({"id": "p"}));
    wrong["head"]["auth"] = "wrong".into();
    let right = format!("Bearer {TOKEN}");
    let reply = client.post_with(&wrong.to_string(), &[("authorization", &right)]);
    assert_eq!(reply.status, 401);
}

#[test]
fn a_stream_asks_for_the_header() {
    let server = TestServer::start(|builder| builder.token(TOKEN));
    let refused = Stream::open(server.address(), "/poll/g/a", "").unwrap_err();
    assert_eq!(refused.status, 401);
    let header = format!("authorization: Bearer {TOKEN}\r\n");
    let stream = Stream::open(server.address(), "/poll/g/a", &header).unwrap();
    assert_eq!(
        stream.head.header("content-type"),
        Some("text/event-stream")
    );
}

#[test]
fn to_a_stranger_known_and_unknown_ids_look_alike() {
    let server = TestServer::start(|builder| builder.token(TOKEN));
    let friend = server.client().with_token(TOKEN);
    let create = json!({"id": "known", "timeoutAt": i64::MAX});
    assert_eq!(friend.call("promise.create", &create).status, 200);
    let told = |id: &str| {
        server
            .client()
            .call("promise.get", &json!({"id": id}))
            .data()
    };
    assert_eq!(told("known"), told("unknown"));
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// A key pair, as PEM.
struct Pair {
    private: String,
    public: String,
}

impl Pair {
    fn of(algorithm: &'static rcgen::SignatureAlgorithm) -> Self {
        let pair = rcgen::KeyPair::generate_for(algorithm).unwrap();
        Self {
            private: pair.serialize_pem(),
            public: pair.public_key_pem(),
        }
    }

    fn rsa() -> Self {
        use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
        use aws_lc_rs::rsa::{KeyPair, KeySize};
        use aws_lc_rs::signature::KeyPair as _;

        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let private = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
        let public = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).unwrap();
        let pem = |name: &str, der: &[u8]| pem::encode(&pem::Pem::new(name, der));
        Self {
            private: pem("PRIVATE KEY", private.as_ref()),
            public: pem("PUBLIC KEY", public.as_ref()),
        }
    }
}

/// A key pair, the algorithms that go with it, and how its private key is read.
type KeyCase = (
    Pair,
    &'static [Algorithm],
    fn(&[u8]) -> jsonwebtoken::errors::Result<EncodingKey>,
);

fn keys() -> [KeyCase; 4] {
    const RSA: &[Algorithm] = &[
        Algorithm::RS256,
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
    ];
    let (p256, p384) = (
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &rcgen::PKCS_ECDSA_P384_SHA384,
    );
    [
        (Pair::rsa(), RSA, EncodingKey::from_rsa_pem),
        (
            Pair::of(p256),
            &[Algorithm::ES256],
            EncodingKey::from_ec_pem,
        ),
        (
            Pair::of(p384),
            &[Algorithm::ES384],
            EncodingKey::from_ec_pem,
        ),
        (
            Pair::of(&rcgen::PKCS_ED25519),
            &[Algorithm::EdDSA],
            EncodingKey::from_ed_pem,
        ),
    ]
}

#[test]
fn tokens_signed_with_each_sort_of_key_are_admitted() {
    for (pair, algorithms, read) in keys() {
        let server = TestServer::start(|builder| builder.public_key(PublicKey::pem(pair.public)));
        for algorithm in algorithms {
            let claims = json!({"exp": now() + 600, "role": "admin"});
            let key = read(pair.private.as_bytes()).unwrap();
            let token = encode(&Header::new(*algorithm), &claims, &key).unwrap();
            let client = server.client().with_token(&token);
            let reply = client.call("promise.get", &json!({"id": "p"}));
            assert_eq!(reply.status, 404, "{algorithm:?} {reply:?}");
        }
    }
}

/// A server that asks for tokens signed with a key, and the key.
struct Keyed {
    server: TestServer,
    pair: Pair,
}

impl Keyed {
    fn start(set: impl Fn(PublicKey) -> PublicKey) -> Self {
        let pair = Pair::of(&rcgen::PKCS_ED25519);
        let key = set(PublicKey::pem(pair.public.clone()));
        let server = TestServer::start(|builder| builder.public_key(key));
        Self { server, pair }
    }

    fn signed(&self, claims: &Value) -> String {
        let key = EncodingKey::from_ed_pem(self.pair.private.as_bytes()).unwrap();
        encode(&Header::new(Algorithm::EdDSA), claims, &key).unwrap()
    }
}

#[test]
fn a_token_that_is_not_valid_is_refused() {
    let keyed = Keyed::start(|key| key.issuer("us").audience("them"));
    let server = &keyed.server;
    let valid = json!({"exp": now() + 600, "iss": "us", "aud": "them", "prefix": ""});
    let with = |name: &str, value: Value| {
        let mut claims = valid.clone();
        claims[name] = value;
        keyed.signed(&claims)
    };
    let without = |name: &str| {
        let mut claims = valid.clone();
        claims.as_object_mut().unwrap().remove(name);
        keyed.signed(&claims)
    };
    let status = |token: &str| {
        let client = server.client().with_token(token);
        client.call("promise.get", &json!({"id": "p"})).status
    };
    assert_eq!(status(&keyed.signed(&valid)), 404);
    assert_eq!(status(&with("aud", json!(["others", "them"]))), 404);
    let secret = EncodingKey::from_secret(keyed.pair.public.as_bytes());
    let mut refused = vec![
        ("expired", with("exp", json!(now() - 600))),
        ("without an end", without("exp")),
        ("of another issuer", with("iss", json!("others"))),
        ("of no issuer", without("iss")),
        ("for others", with("aud", json!("others"))),
        ("for nobody", without("aud")),
        ("not valid yet", with("nbf", json!(now() + 600))),
        (
            "signed with the public key",
            encode(&Header::new(Algorithm::HS256), &valid, &secret).unwrap(),
        ),
        ("no token", "x.y.z".to_owned()),
    ];
    let mut parts: Vec<_> = keyed.signed(&valid).split('.').map(str::to_owned).collect();
    refused.push(("unsigned", format!("{}.{}.", parts[0], parts[1])));
    parts[2] = "A".repeat(parts[2].len());
    refused.push(("wrongly signed", parts.join(".")));
    for (name, token) in refused {
        assert_eq!(status(&token), 401, "{name}");
    }
    let reply = server.client().call("promise.get", &json!({"id": "p"}));
    assert_eq!(reply.status, 401, "no token at all");
}

/// Claims, a kind, its data, and the status of the answer.
const RIGHTS: &str = r#"
    {}                              | promise.get    | {"id": "a"}  | 403
    {"prefix": 5}                   | promise.get    | {"id": "a"}  | 403
    {"prefix": "a"}                 | promise.get    | {"id": "b"}  | 403
    {"prefix": "a"}                 | promise.get    | {"id": "A"}  | 403
    {"prefix": "a"}                 | promise.get    | {"id": "ab"} | 404
    {"prefix": "a"}                 | promise.get    | {}           | 403
    {"prefix": "a"}                 | promise.search | {}           | 403
    {"prefix": "a"}                 | debug.snap     | {}           | 403
    {"prefix": "a"}                 | nope           | {"id": "a"}  | 403
    {"prefix": ""}                  | promise.get    | {"id": "b"}  | 404
    {"prefix": ""}                  | promise.search | {}           | 200
    {"prefix": "x", "role": "user"} | promise.search | {}           | 403
    {"role": "Admin"}               | promise.search | {}           | 200
    {"role": "admin", "prefix": "x"} | promise.get   | {"id": "b"}  | 404
    {"prefix": "a"} | promise.register_listener | {"awaited": "b", "address": "poll://any@g"} | 403
    {"prefix": "a"} | promise.register_callback | {"awaited": "ab", "awaiter": "b"} | 404
    {"prefix": "a"} | schedule.create | {"id": "a", "promiseId": "b"} | 403
    {"prefix": "a"} | schedule.create | {"id": "b", "promiseId": "a"} | 400
    {"prefix": "a"} | task.create | {"id": "a", "action": {"data": {"id": "b"}}} | 403
    {"prefix": "a"} | task.create | {"id": "b", "action": {"data": {"id": "a"}}} | 400
    {"prefix": "a"} | task.heartbeat | {"pid": "P", "tasks": [{"id": "a", "version": 1}, {"id": "b", "version": 1}]} | 403
    {"prefix": "a"} | task.heartbeat | {"pid": "P", "tasks": [{"id": "a", "version": 1}, {"version": 1}]} | 403
    {"prefix": "a"} | task.heartbeat | {"pid": "P", "tasks": [{"id": "a", "version": 1}]} | 200
"#;

#[test]
fn a_token_admits_to_what_its_claims_say() {
    let keyed = Keyed::start(|key| key);
    for row in RIGHTS.lines().filter(|row| !row.is_empty()) {
        let columns: Vec<_> = row.split('|').map(str::trim).collect();
        let [claims, kind, data, status] = columns[..] else {
            panic!("{row}");
        };
        let mut claims: Value = serde_json::from_str(claims).unwrap();
        claims["exp"] = json!(now() + 600);
        let client = keyed.server.client().with_token(&keyed.signed(&claims));
        let reply = client.call(kind, &serde_json::from_str(data).unwrap());
        assert_eq!(reply.status.to_string(), status, "{row} => {reply:?}");
    }
}

#[test]
fn what_is_no_key_is_refused_at_the_start() {
    for pem in [
        "",
        "x",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    ] {
        let refused = TestServer::try_start(|builder| builder.public_key(PublicKey::pem(pem)));
        let message = refused.unwrap_err().to_string();
        assert!(message.contains("public key"), "{message}");
    }
}
