//! How the selected layers meet those beneath, and what of them is locked: what one shows is the first one's.

use document::{BlendMode, Edit, Layer, LayerId, Locks, Property};
use egui::{ComboBox, Role, Ui, WidgetInfo};
use lucide_icons::Icon;
use session::{Session, blend_mode_name};
use words::{key, say};

use crate::command::LayersCommand;
use crate::state::AppContext;
use crate::theme::{GRID, ICON_BUTTON_SIZE};
use crate::widgets::{IconLook, SliderLook, gesture, icon_button, slider_row};

pub fn look_ui(ui: &mut Ui, cx: &AppContext<'_>, session: &Session) {
    let first = session
        .selection()
        .first()
        .and_then(|id| session.document().layer(*id));
    let ids = session.editable_roots();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GRID;
        blend_ui(ui, cx, session, &ids, first);
        for lock in Lock::ALL {
            lock_ui(ui, cx, session, lock);
        }
    });
    opacity_ui(ui, cx, &ids, first);
}

fn blend_ui(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    session: &Session,
    ids: &[LayerId],
    first: Option<&Layer>,
) {
    let shown = first.map(|layer| layer.blend).unwrap_or_default();
    let passing = [BlendMode::PassThrough];
    // Offered where all can have it.
    let of_groups = passing
        .iter()
        .filter(|_| ids.iter().all(|id| session.is_group(*id)));
    let width = ui.available_width() - Lock::ALL.len() as f32 * (ICON_BUTTON_SIZE + GRID);
    ui.add_enabled_ui(!ids.is_empty(), |ui| {
        let combo = ComboBox::from_id_salt("blend mode")
            .width(width)
            .height(f32::INFINITY)
            .selected_text(blend_mode_name(shown))
            .show_ui(ui, |ui| {
                for blend in of_groups.chain(&BlendMode::OF_LAYERS) {
                    if ui
                        .selectable_label(shown == *blend, blend_mode_name(*blend))
                        .clicked()
                    {
                        let edits = ids.iter().map(|id| Edit::Set(*id, Property::Blend(*blend)));
                        cx.commands.send(LayersCommand::Edit(
                            key!("step-blend-mode"),
                            edits.collect(),
                        ));
                    }
                }
            });
        combo.response.widget_info(|| {
            let mut info =
                WidgetInfo::labeled(Role::ComboBox, ui.is_enabled(), say!("layers-blend-mode"));
            info.current_text_value = Some(blend_mode_name(shown).to_owned());
            info
        });
        combo
            .response
            .on_hover_text(say!("layers-blend-mode".tooltip));
    });
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lock {
    Transparency,
    Pixels,
    Position,
    All,
}

impl Lock {
    const ALL: [Self; 4] = [Self::Transparency, Self::Pixels, Self::Position, Self::All];

    /// Icon, what is locked, and a sentence.
    fn info(self) -> (Icon, &'static str, &'static str) {
        match self {
            Self::Transparency => (
                Icon::Grid2x2,
                say!("layers-lock-transparency"),
                say!("layers-lock-transparency".tooltip),
            ),
            Self::Pixels => (
                Icon::Paintbrush,
                say!("layers-lock-pixels"),
                say!("layers-lock-pixels".tooltip),
            ),
            Self::Position => (
                Icon::Move,
                say!("layers-lock-position"),
                say!("layers-lock-position".tooltip),
            ),
            Self::All => (
                Icon::Lock,
                say!("layers-lock-all"),
                say!("layers-lock-all".tooltip),
            ),
        }
    }

    fn is_set(self, locks: Locks) -> bool {
        match self {
            Self::Transparency => locks.transparency,
            Self::Pixels => locks.pixels,
            Self::Position => locks.position,
            Self::All => locks.is_all(),
        }
    }

    fn set(self, locks: Locks, on: bool) -> Locks {
        match self {
            Self::Transparency => Locks {
                transparency: on,
                ..locks
            },
            Self::Pixels => Locks {
                pixels: on,
                ..locks
            },
            Self::Position => Locks {
                position: on,
                ..locks
            },
            Self::All if on => Locks::ALL,
            Self::All => Locks::NONE,
        }
    }
}

fn lock_ui(ui: &mut Ui, cx: &AppContext<'_>, session: &Session, lock: Lock) {
    let selected = session
        .selection()
        .iter()
        .filter_map(|id| session.document().layer(*id));
    let layers: Vec<&Layer> = selected.collect();
    let on = layers.first().is_some_and(|layer| lock.is_set(layer.locks));
    let look = if on { IconLook::On } else { IconLook::Off };
    let (icon, label, tooltip) = lock.info();
    let button = ui
        .add_enabled_ui(!layers.is_empty(), |ui| {
            icon_button(ui, cx, icon, label, look)
        })
        .inner;
    if button.clicked() {
        let edits = layers
            .iter()
            .map(|layer| Edit::Set(layer.id, Property::Locks(lock.set(layer.locks, !on))));
        let step = if on {
            key!("step-unlock-layer")
        } else {
            key!("step-lock-layer")
        };
        cx.commands.send(LayersCommand::Edit(step, edits.collect()));
    }
    button.on_hover_text(format!("{label}\n{tooltip}"));
}

fn opacity_ui(ui: &mut Ui, cx: &AppContext<'_>, ids: &[LayerId], first: Option<&Layer>) {
    let mut percent = first.map_or(100.0, |layer| f64::from(layer.opacity) * 100.0 / 255.0);
    let look = SliderLook {
        range: 0.0..=100.0,
        decimals: 0,
        suffix: say!("unit-percent"),
        tooltip: say!("layers-opacity".tooltip),
    };
    ui.add_enabled_ui(!ids.is_empty(), |ui| {
        let response = slider_row(ui, cx, say!("layers-opacity"), &mut percent, look);
        let opacity = (percent * 255.0 / 100.0).round() as u8;
        let edits = ids
            .iter()
            .map(|id| Edit::Set(*id, Property::Opacity(opacity)))
            .collect();
        let held = response.is_pointer_button_down_on();
        gesture(cx, &response, held, key!("step-opacity"), edits);
    });
}
