use egui::{Align2, Area, Frame, Id, Margin, Order, Rect, Role, Stroke, Ui, Vec2, WidgetInfo};
use lucide_icons::Icon;
use words::say;

use crate::command::Command;
use crate::notifications::{Notification, NotificationKind};
use crate::state::AppContext;
use crate::theme::{self, GRID};
use crate::widgets::{IconLook, icon, icon_button};

const WIDTH: f32 = 360.0;

/// Cards in the lower right corner of `space`, the newest lowest.
pub fn notifications_ui(ui: &Ui, cx: &AppContext<'_>, space: Rect) {
    let margin = Vec2::splat(GRID * 3.0);
    let corner = space.right_bottom() - margin;
    Area::new(Id::unique("notifications"))
        .order(Order::Foreground)
        .pivot(Align2::RIGHT_BOTTOM)
        .fixed_pos(corner)
        .constrain_to(space)
        .show(ui.ctx(), |ui| {
            for notification in cx.state.notifications.iter() {
                card_ui(ui, cx, notification);
            }
        });
}

fn card_ui(ui: &mut Ui, cx: &AppContext<'_>, notification: &Notification) {
    let (symbol, color) = match notification.kind {
        NotificationKind::Info => (Icon::Info, cx.tokens.text_weak),
        NotificationKind::Success => (Icon::CircleCheck, cx.tokens.success),
        NotificationKind::Error => (Icon::TriangleAlert, cx.tokens.error),
    };
    let frame = Frame::new()
        .fill(cx.tokens.popup)
        .stroke(Stroke::new(1.0, cx.tokens.outline))
        .corner_radius(theme::CORNER)
        .shadow(ui.visuals().popup_shadow)
        .inner_margin(Margin::same(8));
    let card = frame.show(ui, |ui| {
        ui.set_width(WIDTH);
        ui.horizontal_top(|ui| {
            let text_width = WIDTH - theme::ICON_BUTTON_SIZE * 2.0 - GRID * 4.0;
            ui.add_sized(
                Vec2::splat(theme::ICON_BUTTON_SIZE),
                egui::Label::new(icon(symbol).color(color)),
            );
            ui.vertical(|ui| {
                ui.set_width(text_width);
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.add_space(GRID);
                ui.label(&notification.text);
                ui.add_space(GRID);
            });
            let close = icon_button(
                ui,
                cx,
                Icon::X,
                say!("notification-dismiss"),
                IconLook::Normal,
            );
            if close
                .on_hover_text(say!("notification-dismiss".tooltip))
                .clicked()
            {
                cx.commands
                    .send(Command::DismissNotification(notification.id));
            }
        });
    });
    card.response
        .widget_info(|| WidgetInfo::labeled(Role::Alert, true, &notification.text));
}
