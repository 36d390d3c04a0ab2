//! What a request is answered with.

use serde_json::{Map, Value, json};

use crate::error::{Error, ErrorKind, Result};
use crate::json::Output;
use crate::request::Response;

/// The answer to a request that was completed, its pictures written.
pub(crate) fn completed(pipeline: &str, response: &Response, output: &Output) -> Result<Value> {
    let mut pictures = output.write(response)?;
    let mut answer =
        Map::from_iter([("status".to_owned(), "completed".into()), ("pipeline".to_owned(), pipeline.into())]);
    match response {
        Response::Detail(_) | Response::Refine(_) => {
            answer.insert("output".to_owned(), pictures.into());
        }
        _ => answer.extend(pictures.pop().map(|picture| ("output".to_owned(), picture))),
    }
    answer.extend(result_fields(response)?);
    Ok(answer.into())
}

/// The fields of a result, as the command line prints them with `--json`.
pub(crate) fn result_fields(response: &Response) -> Result<Map<String, Value>> {
    match serde_json::to_value(response) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(Error::new(ErrorKind::Internal, "a result cannot be written as JSON: please report it")),
    }
}

/// The answer to a request that failed, on one line: `{"status": "failed", "error": {…}}`, or `"canceled"`.
///
/// The error has a `kind` in words ([`ErrorKind::name`]), its number in C as `code`, the `status` that a hosted API
/// answers with over HTTP ([`ErrorKind::http_status`]), and a `message` with all causes.
pub fn failure(error: &Error) -> String {
    let status = if error.kind() == ErrorKind::Canceled { "canceled" } else { "failed" };
    json!({"status": status, "error": error_object(error)}).to_string()
}

/// An error in JSON.
pub(crate) fn error_object(error: &Error) -> Value {
    json!({
        "kind": error.kind().name(),
        "code": error.kind() as i32,
        "status": error.kind().http_status(),
        "message": error.chain(),
    })
}
