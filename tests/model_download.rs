//! `lamina model` with a server on this computer that has the tiny model in the published one's place.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

mod support;

use std::fs;
use std::process::Output;

use support::hub::Hub;
use support::{assert_one_sentence, folder, lamina, stderr, write_picture};

struct Models {
    folder: tempfile::TempDir,
    server: String,
}

impl Models {
    fn new() -> Self {
        Self {
            folder: folder(),
            server: Hub::start().address,
        }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = lamina();
        command
            .args(arguments)
            .env("LAMINA_MODELS", self.folder.path())
            .env("HF_ENDPOINT", &self.server)
            .env_remove("HF_HUB_OFFLINE");
        command.output().expect("lamina starts")
    }

    #[track_caller]
    fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    }
}

#[test]
fn a_model_is_downloaded_found_checked_mended_and_deleted() {
    let models = Models::new();
    let listed = models.says(&["model", "list"]);
    assert!(listed.contains("bf16") && listed.contains("q4_k_m") && listed.contains("Apache-2.0"));
    assert!(!listed.contains("here]"), "{listed}");
    assert!(
        models
            .says(&["model", "verify"])
            .contains("no model is here")
    );

    models.says(&["model", "pull", "bf16"]);
    let listed = models.says(&["model", "list"]);
    assert!(
        listed
            .lines()
            .any(|line| line.starts_with("bf16") && line.contains("[here")),
        "{listed}"
    );
    models.says(&["model", "verify"]);

    let dir = folder();
    let input = dir.path().join("poster.png");
    write_picture(&input, 32, 32);
    let (input, out) = (input.to_str().expect("UTF-8"), dir.path().join("out"));
    let mut job = vec![
        "decompose",
        input,
        "--backend",
        "qwen",
        "--device",
        "cpu",
        "--raw",
    ];
    job.extend([
        "--steps", "1", "--layers", "1", "--prompt", "a disc", "--rng", "cpu",
    ]);
    job.extend(["--no-negative-prompt", "-o", out.to_str().expect("UTF-8")]);
    models.says(&job);
    assert!(out.join("layer_0.png").exists());

    let vae = models
        .folder
        .path()
        .join("bf16/vae/diffusion_pytorch_model.safetensors");
    let mut bytes = fs::read(&vae).expect("the VAE");
    bytes[500_000] ^= 1;
    fs::write(&vae, bytes).expect("written");
    let output = models.run(&["model", "verify", "bf16"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&output.stdout)
            .contains("diffusion_pytorch_model.safetensors is damaged")
    );
    models.says(&["model", "pull", "bf16"]);
    models.says(&["model", "verify"]);

    let own = models.folder.path().join("bf16/mine.txt");
    fs::write(&own, "mine").expect("written");
    models.says(&["model", "remove", "bf16"]);
    assert!(own.exists() && !vae.exists());
    assert!(!models.folder.path().join("bf16/vae").exists());
}

#[test]
fn what_keeps_a_model_from_being_downloaded_is_said_in_one_sentence() {
    let models = Models::new();
    // The server has only one repository.
    let output = models.run(&["model", "pull", "q4_k_m"]);
    assert_eq!(output.status.code(), Some(1));
    assert_one_sentence(&stderr(&output));
    assert!(stderr(&output).contains("404"), "{}", stderr(&output));
    let mut offline = lamina();
    offline
        .args(["model", "pull", "bf16"])
        .env("LAMINA_MODELS", models.folder.path())
        .env("HF_HUB_OFFLINE", "1");
    let output = offline.output().expect("lamina starts");
    assert!(
        stderr(&output).contains("HF_HUB_OFFLINE"),
        "{}",
        stderr(&output)
    );
    for arguments in [
        &["model", "remove", "bf16"][..],
        &["model", "pull", "nonesuch"],
    ] {
        let output = models.run(arguments);
        assert!(!output.status.success());
        assert_one_sentence(&stderr(&output));
    }
}
