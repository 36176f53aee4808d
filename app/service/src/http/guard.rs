//! Who may ask: with tokens, whoever has one; without, programs and pages of this computer, but no page of another site
//! that a browser here has open.

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::Api;
use super::problem::Problem;

/// What says nothing of anybody's pictures.
const OPEN: [&str; 4] = ["/healthz", "/readyz", "/openapi.json", "/docs"];

pub async fn guard(
    State(api): State<Api>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let path = request.uri().path();
    let is_open = OPEN.contains(&path) || path.starts_with("/docs/");
    if api.tokens.are_needed() {
        let token = bearer(request.headers());
        if !is_open && !token.is_some_and(|token| api.tokens.accept(token)) {
            return Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "token_needed",
                "this server needs one of its tokens; send it as \"Authorization: Bearer …\"",
            ));
        }
    } else if !is_of_this_computer(request.headers()) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "foreign_page",
            "a server without a token answers this computer only; start it with one",
        ));
    }
    Ok(next.run(request).await)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A name that resolves to this computer may still be another site's (DNS rebinding), and a page of another site may send a
/// form here: so neither the name asked for nor the page may be foreign.
fn is_of_this_computer(headers: &HeaderMap) -> bool {
    let is_local = |name| {
        headers.get(name).is_none_or(|value| {
            let host = value.to_str().unwrap_or_default();
            let host = host.rsplit_once("://").map_or(host, |(_, host)| host);
            is_loopback(host)
        })
    };
    is_local(HOST) && is_local(ORIGIN)
}

/// With or without a port.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    ["127.0.0.1", "localhost", "[::1]"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_computer_are_its_own() {
        for own in ["127.0.0.1:7860", "localhost", "[::1]:80", "[::1]"] {
            assert!(is_loopback(own), "{own}");
        }
        for foreign in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost:80.evil",
            "null",
            "",
        ] {
            assert!(!is_loopback(foreign), "{foreign}");
        }
    }
}
