#include "handlers/policies/rules.hpp"

/// What follows from invoices and from what the tax registry says of shops.
namespace pakashop::policies {
namespace {

StreamCommand invoice_is_transmitted(const InvoiceId& invoice, Instant now) {
    return request(
        {invoice_effect(invoice), EffectKind::zra_invoice, invoice.value, now, std::nullopt, now}
    );
}

StreamCommand failed_transmission_is_repeated_later(const InvoiceAttemptFailed& e) {
    return to<Effect>(
        invoice_effect(e.invoice).value, Effect::Reschedule{e.failure.code, e.retry_at}
    );
}

StreamCommand settled_invoice_needs_no_call(const InvoiceId& invoice, std::string_view outcome) {
    return finish(invoice_effect(invoice), outcome);
}

Commands approved_shop_has_its_tpin_checked(const ShopApproved& e) {
    if (!e.tpin) return {};
    return {request(
        {tpin_effect(e.shop), EffectKind::tpin_check, e.shop.value, e.at, std::nullopt, e.at}
    )};
}

StreamCommand checked_tpin_needs_no_call(const TpinChecked& e) {
    return finish(tpin_effect(e.shop), e.valid ? "valid" : "invalid");
}

}  // namespace

Commands after(const InvoiceEvent& event, const PolicyContext& context) {
    return match(
        event,
        [&](const InvoiceNumbered& e) {
            return Commands{invoice_is_transmitted(e.invoice, context.now)};
        },
        [](const InvoiceRetried& e) { return Commands{invoice_is_transmitted(e.invoice, e.at)}; },
        [](const InvoiceAttemptFailed& e) {
            return Commands{failed_transmission_is_repeated_later(e)};
        },
        [](const InvoiceSent& e) {
            return Commands{settled_invoice_needs_no_call(e.invoice, "sent")};
        },
        [](const InvoiceMocked& e) {
            return Commands{settled_invoice_needs_no_call(e.invoice, "mocked")};
        },
        [](const InvoiceFailed& e) {
            return Commands{settled_invoice_needs_no_call(e.invoice, "failed")};
        },
        [](const OneOf<InvoiceRequested, InvoiceBlocked, InvoiceComposed> auto&) {
            return Commands{};
        }
    );
}

Commands after(const ShopEvent& event) {
    return match(
        event,
        [](const ShopApproved& e) { return approved_shop_has_its_tpin_checked(e); },
        [](const TpinChecked& e) { return Commands{checked_tpin_needs_no_call(e)}; },
        [](const OneOf<
            ShopApplied,
            ShopRejected,
            ShopSuspended,
            ShopActivated,
            PayoutMethodSet,
            SellerSettled,
            SellerUnknown> auto&) { return Commands{}; }
    );
}

}  // namespace pakashop::policies
