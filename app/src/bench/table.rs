use engine::gib;
use qwen_image_layered::bench::{Figures, Profile, Work};

/// One line for each figure: its name, number and unit, and what it is of.
pub fn table(figures: &Figures) -> String {
    let mut text = format!(
        "{}, {}, {}, offload {}, {} layers at {:?}, {} steps, {} + {} tokens\n",
        figures.device,
        figures.spread,
        figures.precision,
        figures.offload,
        figures.layers,
        figures.resolution,
        figures.steps,
        figures.image_tokens,
        figures.text_tokens,
    );
    text += &times(figures);
    text += &speed(figures);
    text += &memory(figures);
    text += &jobs(figures);
    text += &format!("{:<22}{}\n", "layers' fingerprint", figures.fingerprint);
    if let Some(profile) = &figures.profile {
        text += &profile_table(profile, figures.floors_ms);
    }
    text
}

fn times(figures: &Figures) -> String {
    let whole = format!(
        "{} steps with guidance, to layers at the source's size",
        figures.steps
    );
    let rows = [
        (
            "until it loads",
            Some(figures.until_load_ms),
            "device opened, kernels compiled, job planned",
        ),
        ("load", Some(figures.load_ms), "all networks"),
        (
            "caption, first token",
            figures.caption_first_token_ms,
            "with the picture",
        ),
        ("caption, each token", figures.caption_token_ms, ""),
        ("encode prompts", Some(figures.encode_prompts_ms), "two"),
        ("encode picture", Some(figures.encode_picture_ms), ""),
        (
            "prepare",
            Some(figures.prepare_ms),
            "modulation of all steps",
        ),
        ("forward", Some(figures.forward_ms), "median"),
        ("step", Some(figures.step_ms), "median, with guidance"),
        ("decode", Some(figures.decode_ms), "all layers"),
        ("rebuild", Some(figures.rebuild_ms), "at twice the side"),
        ("whole job", Some(figures.whole_job_ms), &whole),
        (
            "cancel",
            figures.cancelled.ms,
            "in the middle of a step, until the device is idle",
        ),
    ];
    let rows = rows
        .into_iter()
        .filter_map(|(name, time, note)| Some(row(name, time?, 1, "ms", note)));
    rows.collect()
}

fn speed(figures: &Figures) -> String {
    let share = 100.0 * figures.forward_floor_ms / figures.forward_ms;
    let work = format!("{:.1} TFLOP a forward", figures.forward_tflop);
    let floor = format!("an H100's arithmetic alone in bf16; {share:.0} % of the forward");
    row("speed", figures.tflop_per_second, 0, "TFLOP/s", &work)
        + &row("floor", figures.forward_floor_ms, 1, "ms", &floor)
}

fn memory(figures: &Figures) -> String {
    let mut text = String::new();
    for memory in &figures.memory {
        let name = format!("peak, {}", memory.stage.label().to_lowercase());
        let note = memory.waiting.map_or(String::new(), |waiting| {
            let own = gib(memory.peak.saturating_sub(waiting));
            let waiting = gib(waiting);
            format!("{own:.2} of the stage's own, {waiting:.2} of networks that wait")
        });
        text += &row(&name, gib(memory.peak), 2, "GiB", &note);
    }
    let in_use = gib(figures.device_bytes_in_use);
    let left = gib(figures.cancelled.tensor_bytes);
    let kept = format!(
        "the model; {:.2} GiB kept for the next job",
        gib(figures.cancelled.kept_bytes)
    );
    text + &row(
        "peak, forecast",
        gib(figures.forecast),
        2,
        "GiB",
        "of all stages",
    ) + &row("device in use", in_use, 2, "GiB", "after the job")
        + &row("after cancelling", left, 2, "GiB", &kept)
}

fn jobs(figures: &Figures) -> String {
    let mut text = String::new();
    if let [first, more @ ..] = figures.jobs.as_slice()
        && let Some(last) = more.last()
    {
        let grown = |from: u64, to: u64| (to as f64 - from as f64) / f64::from(1 << 20);
        let device = grown(first.device_bytes, last.device_bytes) / 1024.0;
        let host = grown(first.host_bytes, last.host_bytes);
        let name = format!("growth after {} jobs", more.len());
        let note = format!("of the device, {host:+.0} MiB of the computer");
        text += &format!("{name:<22}{device:>+10.2} GiB  {note}\n");
        let longest = more.iter().map(|job| job.ms).fold(0.0, f64::max);
        let mean = more.iter().map(|job| job.ms).sum::<f64>() / more.len() as f64;
        let note = format!("mean; the longest {longest:.1} ms");
        text += &row("a later whole job", mean, 1, "ms", &note);
    }
    if let Some(cached) = &figures.step_cache {
        let skipped: Vec<_> = cached.skipped_steps.iter().map(u32::to_string).collect();
        let note = format!(
            "at {}: {} of {} steps skipped, latents differ by {:.2} %, layers by {:.2} of 255",
            cached.threshold,
            skipped.join(" and "),
            figures.steps,
            100.0 * cached.latents_difference,
            cached.layers_difference,
        );
        text += &row("with step cache", cached.ms, 1, "ms", &note);
    }
    text
}

/// Kernels that take less of a forward are left out.
const LEAST_MS: f64 = 0.05;

fn profile_table(profile: &Profile, [products, attention]: [f64; 2]) -> String {
    let forward = profile.forward_ms;
    let mut text = format!("one forward with the profiler on, {forward:.1} ms\n");
    for (work, name, floor) in [
        (Work::Products, "products", products),
        (Work::Attention, "attention", attention),
        (Work::Other, "other kernels", 0.0),
    ] {
        let ms = profile.total(work);
        text += &format!("{name:<22}{ms:>10.1} ms  floor {floor:.1} ms\n");
    }
    let together: f64 = profile.kernels.iter().map(|kernel| kernel.ms).sum();
    let beside = together + profile.idle_ms - forward;
    text += &row("side by side", beside, 1, "ms", "of these");
    text += &row("no kernel", profile.idle_ms, 1, "ms", "");
    for kernel in &profile.kernels {
        if kernel.ms >= LEAST_MS {
            let each = 1e3 * kernel.ms / kernel.count;
            text += &format!(
                "{:>10.2} ms {:>6.0} x {each:>8.1} us  {}\n",
                kernel.ms, kernel.count, kernel.name
            );
        }
    }
    text
}

fn row(name: &str, number: f64, digits: usize, unit: &str, note: &str) -> String {
    let row = format!("{name:<22}{number:>10.digits$} {unit:<4} {note}");
    row.trim_end().to_owned() + "\n"
}
