//! The image for containers: the program and nothing else, as a tar archive that needs no daemon
//! (<https://github.com/opencontainers/image-spec>).

use serde_json::{Value, json};

use super::compile::Architecture;
use super::release::{Release, SUMMARY};
use super::tree::{Tree, gzip};
use hex_digest::sha256_hex;

/// An archive of images for all these kinds of machines; a container takes the one for its own.
pub(crate) fn archive(release: &Release, systems: &[(Architecture, Tree)]) -> Vec<u8> {
    let mut archive = Tree::default();
    let mut blob = |media: &str, bytes: &[u8]| {
        let digest = sha256_hex(bytes);
        archive.add(&format!("blobs/sha256/{digest}"), bytes);
        json!({ "mediaType": media, "digest": format!("sha256:{digest}"), "size": bytes.len() })
    };
    let mut manifests = Vec::new();
    for (architecture, system) in systems {
        let layer = contents(system).tar(release.time);
        let config = config(release, *architecture, &sha256_hex(&layer));
        let layer = blob("application/vnd.oci.image.layer.v1.tar+gzip", &gzip(&layer));
        let config = blob("application/vnd.oci.image.config.v1+json", text(&config).as_bytes());
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": config,
            "layers": [layer],
        });
        let mut manifest =
            blob("application/vnd.oci.image.manifest.v1+json", text(&manifest).as_bytes());
        manifest["platform"] = json!({ "os": "linux", "architecture": architecture.debian() });
        manifests.push(manifest);
    }
    let list = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": manifests,
    });
    let mut index = blob("application/vnd.oci.image.index.v1+json", text(&list).as_bytes());
    index["annotations"] = json!({ "org.opencontainers.image.ref.name": release.version });
    archive.add("oci-layout", text(&json!({ "imageLayoutVersion": "1.0.0" })).as_bytes());
    let top = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [index],
    });
    archive.add("index.json", text(&top).as_bytes());
    archive.tar(release.time)
}

/// The program, and the licences that go with it.
fn contents(system: &Tree) -> Tree {
    let kept = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or_default();
        path == "usr/bin/bootkey" || name.starts_with("LICENSE") || name.starts_with("THIRD-PARTY")
    };
    Tree(
        system
            .0
            .iter()
            .filter(|(path, _)| kept(path))
            .map(|(p, f)| (p.clone(), f.clone()))
            .collect(),
    )
}

fn config(release: &Release, architecture: Architecture, layer: &str) -> Value {
    json!({
        "architecture": architecture.debian(),
        "os": "linux",
        "config": {
            // Somebody's files are mounted at /work; the cache is below it, too, so that it stays.
            "Env": ["PATH=/usr/bin", "HOME=/work"],
            "Entrypoint": ["/usr/bin/bootkey"],
            "Cmd": ["--help"],
            "WorkingDir": "/work",
            "Labels": {
                "org.opencontainers.image.title": "bootkey",
                "org.opencontainers.image.description": SUMMARY,
                "org.opencontainers.image.version": release.version,
                "org.opencontainers.image.licenses": release.licence,
            },
        },
        "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{layer}")] },
    })
}

fn text(value: &Value) -> String {
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::example;
    use super::*;
    use std::io::Read as _;

    #[test]
    fn every_digest_leads_to_its_bytes_and_the_layer_has_the_program() {
        let image = archive(&Release::example(), &[(Architecture::X86_64, example())]);
        let mut files = std::collections::BTreeMap::new();
        let mut tar = tar::Archive::new(&image[..]);
        for entry in tar.entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().display().to_string();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            files.insert(path, bytes);
        }
        let follow = |described: &Value| {
            let digest = described["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
            let bytes = &files[&format!("blobs/sha256/{digest}")];
            assert_eq!(sha256_hex(bytes), digest);
            assert_eq!(described["size"], bytes.len());
            bytes.clone()
        };
        let json = |bytes: Vec<u8>| serde_json::from_slice::<Value>(&bytes).unwrap();
        let list = json(follow(&json(files["index.json"].clone())["manifests"][0]));
        assert_eq!(list["manifests"][0]["platform"]["architecture"], "amd64");
        let manifest = json(follow(&list["manifests"][0]));
        let config = json(follow(&manifest["config"]));
        let mut layer = Vec::new();
        let packed = follow(&manifest["layers"][0]);
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut layer).unwrap();
        assert_eq!(config["rootfs"]["diff_ids"][0], format!("sha256:{}", sha256_hex(&layer)));
        let mut layer = tar::Archive::new(&layer[..]);
        let paths: Vec<_> = layer
            .entries()
            .unwrap()
            .map(|e| e.unwrap().path().unwrap().display().to_string())
            .collect();
        assert!(paths.contains(&"usr/bin/bootkey".into()), "{paths:?}");
        assert!(!paths.iter().any(|p| p.contains("man1")), "{paths:?}");
    }
}
