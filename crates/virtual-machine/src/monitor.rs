//! QEMU's monitor (QMP): one JSON document a line, a greeting first, events in between.

use std::io::{BufRead, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Error;

/// The time that one answer may take: a screen on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Carries out one command and waits until it is done; gives what QEMU answers.
pub(crate) fn execute(socket: &Path, command: &str, arguments: &Value) -> Result<Value, Error> {
    let io = Error::channel("monitor");
    let mut stream = UnixStream::connect(socket).map_err(&io)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(&io)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(&io)?;
    let mut answers = BufReader::new(stream.try_clone().map_err(&io)?);
    let questions = [
        json!({"execute": "qmp_capabilities"}),
        json!({"execute": command, "arguments": arguments}),
    ];
    let mut last = Value::Null;
    for question in questions {
        stream.write_all(format!("{question}\n").as_bytes()).map_err(&io)?;
        let mut answer = answer(&mut answers).map_err(&io)?;
        if answer.get("error").is_some() {
            let command = format!("{command} {arguments}");
            return Err(Error::Monitor { command, answer: answer.to_string() });
        }
        last = answer["return"].take();
    }
    Ok(last)
}

/// The next line that answers a command; the greeting and events are passed over.
fn answer(from: &mut impl BufRead) -> std::io::Result<Value> {
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let value: Value = serde_json::from_str(&line)?;
        if value.get("return").is_some() || value.get("error").is_some() {
            return Ok(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greeting_and_events_are_no_answers() {
        let lines = "{\"QMP\": {}}\n{\"event\": \"RESUME\"}\n{\"return\": {\"a\": 1}}\n";
        assert_eq!(answer(&mut lines.as_bytes()).unwrap(), json!({"return": {"a": 1}}));
        let end = answer(&mut &lines.as_bytes()[..12]).unwrap_err();
        assert_eq!(end.kind(), std::io::ErrorKind::UnexpectedEof);
    }
}
