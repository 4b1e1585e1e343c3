//! The list of what the key carries, as SPDX 2.3: <https://spdx.github.io/spdx-spec/v2.3/>

use super::{About, Input, name};
use crate::utc::date_and_time;
use base16ct::lower::encode_string as hex;
use serde_json::{Value, json};

/// SPDX's word for what is not known.
const UNKNOWN: &str = "NOASSERTION";

impl About<'_> {
    pub(crate) fn sbom(&self) -> String {
        let plan = self.key.plan();
        let sha256 = self.written.sha256.map(|digest| hex(&digest)).unwrap_or_default();
        let mut packages = vec![package(
            "SPDXRef-key",
            &plan.name,
            None,
            Some(&sha256),
            UNKNOWN,
            Some(&name(self.path)),
        )];
        let mut relations = vec![json!({
            "spdxElementId": "SPDXRef-DOCUMENT",
            "relationshipType": "DESCRIBES",
            "relatedSpdxElement": "SPDXRef-key",
        })];
        for (number, input) in self.inputs().iter().enumerate() {
            let id = format!("SPDXRef-{number}");
            let Input { name, role, package: from, version, sha256, urls, .. } = input;
            let grub = *role == "boot loader" && name.starts_with("GRUB");
            let licence = if grub { "GPL-3.0-or-later" } else { UNKNOWN };
            let (name, file) = match from {
                Some(package) => (package.as_str(), Some(name.as_str())),
                None => (name.as_str(), None),
            };
            // The digest of a set of files is no digest of a file.
            let sha256 = sha256.as_deref().filter(|_| !grub);
            let mut package = package(&id, name, version.as_deref(), sha256, licence, file);
            if let Some(url) = urls.first() {
                package["downloadLocation"] = url.as_str().into();
            }
            packages.push(package);
            relations.push(json!({
                "spdxElementId": "SPDXRef-key",
                "relationshipType": "CONTAINS",
                "relatedSpdxElement": id,
            }));
        }
        super::json(&json!({
            "spdxVersion": "SPDX-2.3",
            "dataLicense": "CC0-1.0",
            "SPDXID": "SPDXRef-DOCUMENT",
            "name": plan.name,
            // Unique, as it must be, and the same for the same key.
            "documentNamespace": format!("https://spdx.org/spdxdocs/bootkey-{sha256}"),
            "creationInfo": {
                "created": date(plan.time),
                "creators": [concat!("Tool: bootkey-", env!("CARGO_PKG_VERSION"))],
            },
            "packages": packages,
            "relationships": relations,
        }))
    }
}

fn package(
    id: &str,
    name: &str,
    version: Option<&str>,
    sha256: Option<&str>,
    licence: &str,
    file: Option<&str>,
) -> Value {
    let mut package = json!({
        "SPDXID": id,
        "name": name,
        "downloadLocation": UNKNOWN,
        "filesAnalyzed": false,
        "licenseConcluded": UNKNOWN,
        "licenseDeclared": licence,
        "copyrightText": UNKNOWN,
    });
    let mut set = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            package[key] = value;
        }
    };
    set("versionInfo", version.map(Value::from));
    set("packageFileName", file.map(Value::from));
    let checksum = |s: &str| json!([{ "algorithm": "SHA256", "checksumValue": s }]);
    set("checksums", sha256.map(checksum));
    package
}

/// Seconds since 1970 as `YYYY-MM-DDThh:mm:ssZ`.
fn date(time: i64) -> String {
    let (date, time) = date_and_time(time);
    format!("{date}T{time}Z")
}

#[cfg(test)]
mod tests {
    use super::date;

    /// Computed by `date -u -d @N +%FT%TZ`.
    #[test]
    fn dates_are_those_of_the_calendar() {
        for (time, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_700_000_000, "2023-11-14T22:13:20Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(date(time), text);
        }
    }
}
