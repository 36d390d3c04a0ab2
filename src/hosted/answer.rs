//! What the hosted APIs answer.

use serde_json::{Map, Value, json};

use crate::error::{Error, ErrorKind, Result};
use crate::hosted::body::OWN;
use crate::hosted::{Api, HostedRequest};
use crate::job::JobState;
use crate::json::{error_object, result_fields};
use crate::request::Response;

/// The answer to a request that was completed, its pictures written.
pub(super) fn completed(request: &HostedRequest, response: &Response) -> Result<String> {
    let pictures = request.request.output.write(response)?;
    let status = request.api.state(JobState::Completed);
    let seconds = response.metrics().inference_time.as_secs_f64();
    let mut answer = match request.api {
        Api::FaceRefiner => json!({
            "id": request.id.to_string(),
            "artworkType": request.api.name(),
            "parameters": request.parameters,
            "duration": seconds,
            "results": pictures,
            "status": status,
            "createdAt": humantime::format_rfc3339_millis(request.created).to_string(),
        }),
        Api::FaceDetailer | Api::FaceToMany | Api::Faceswap => json!({
            "request_id": request.id.to_string(),
            "status": status,
            "output": pictures,
            "metrics": {"inference_time": seconds},
        }),
    };
    answer[OWN] = own(request, response)?.into();
    Ok(answer.to_string())
}

/// What the result says beyond the fields of the API, with all notes.
fn own(request: &HostedRequest, response: &Response) -> Result<Map<String, Value>> {
    let mut own = Map::from_iter([("pipeline".to_owned(), request.request.request.pipeline().into())]);
    own.extend(result_fields(response)?);
    let notes = own.entry("notes").or_insert_with(|| json!([]));
    if let Value::Array(notes) = notes {
        notes.extend(request.notes.iter().map(|note| Value::from(note.as_str())));
    }
    Ok(own)
}

/// The answer of an API to a body that failed, on one line: `{"status": "FAILED", "error": {…}}`, with the error as
/// [`json::failure`](crate::json::failure) has it.
pub fn failure(api: Api, error: &Error) -> String {
    let is_canceled = error.kind() == ErrorKind::Canceled;
    let state = if is_canceled { JobState::Canceled } else { JobState::Failed };
    json!({"status": api.state(state), "error": error_object(error)}).to_string()
}
