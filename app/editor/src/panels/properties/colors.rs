use document::{Edit, LayerId, Property, Recolor, Tint};
use egui::{Response, Ui};
use session::Session;
use words::{key, say};

use crate::action::LayersAction;
use crate::color_button::color_button;
use crate::state::AppContext;
use crate::widgets::{
    IconLook, SliderLook, action_icon, gesture, heading_row, row_label, slider_row,
};

pub fn recolor_ui(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    session: &Session,
    rasters: &[LayerId],
    recolor: Recolor,
) {
    heading_row(ui, cx, say!("colors-heading"), |ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            action_icon(ui, cx, LayersAction::ResetRecolor, IconLook::Normal);
        });
    });
    let send = |response: &Response, held: bool, change: &dyn Fn(&mut Recolor)| {
        let edits = rasters.iter().filter_map(|id| {
            let mut recolor = session.document().layer(*id)?.as_raster()?.recolor;
            change(&mut recolor);
            Some(Edit::Set(*id, Property::Recolor(recolor)))
        });
        gesture(cx, response, held, key!("step-recolor"), edits.collect());
    };
    let mut hue = f64::from(recolor.hue);
    let look = SliderLook {
        range: -180.0..=180.0,
        decimals: 0,
        suffix: say!("unit-degrees"),
        tooltip: say!("colors-hue".tooltip),
    };
    let response = slider_row(ui, cx, say!("colors-hue"), &mut hue, look);
    send(
        &response,
        response.is_pointer_button_down_on(),
        &|recolor| recolor.hue = hue as f32,
    );

    let tooltip = say!("colors-saturation".tooltip);
    let (response, share) = share_ui(
        ui,
        cx,
        say!("colors-saturation"),
        recolor.saturation,
        -1.0,
        tooltip,
    );
    send(
        &response,
        response.is_pointer_button_down_on(),
        &|recolor| recolor.saturation = share,
    );

    let tooltip = say!("colors-lightness".tooltip);
    let (response, share) = share_ui(
        ui,
        cx,
        say!("colors-lightness"),
        recolor.lightness,
        -1.0,
        tooltip,
    );
    send(
        &response,
        response.is_pointer_button_down_on(),
        &|recolor| recolor.lightness = share,
    );

    tint_ui(ui, cx, recolor.tint, send);
}

fn tint_ui(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    tint: Tint,
    send: impl Fn(&Response, bool, &dyn Fn(&mut Recolor)),
) {
    let mut color = tint.color;
    ui.horizontal(|ui| {
        let label = row_label(ui, say!("colors-tint"));
        let (response, _) = color_button(ui, &cx.state.screen, &mut color);
        let response = response
            .labelled_by(label.id)
            .on_hover_text(say!("colors-tint".tooltip));
        // The colour is picked in a popup, so what is held is not the button itself.
        let held = ui.input(|input| input.pointer.any_down());
        send(&response, held, &|recolor| {
            recolor.tint.color = color;
            if recolor.tint.strength == 0.0 {
                recolor.tint.strength = 1.0;
            }
        });
    });
    let tooltip = say!("colors-tint-strength".tooltip);
    let (response, share) = share_ui(
        ui,
        cx,
        say!("colors-tint-strength"),
        tint.strength,
        0.0,
        tooltip,
    );
    send(
        &response,
        response.is_pointer_button_down_on(),
        &|recolor| recolor.tint.strength = share,
    );
}

/// A share of `least` to 1, shown in percent. Returns it as the slider has it now.
fn share_ui(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    text: &str,
    share: f32,
    least: f64,
    tooltip: &'static str,
) -> (Response, f32) {
    let mut percent = f64::from(share) * 100.0;
    let look = SliderLook {
        range: least * 100.0..=100.0,
        decimals: 0,
        suffix: say!("unit-percent"),
        tooltip,
    };
    let response = slider_row(ui, cx, text, &mut percent, look);
    (response, (percent / 100.0) as f32)
}
