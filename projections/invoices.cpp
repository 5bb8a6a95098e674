#include "projections/invoices.hpp"

#include "events/kernel/match.hpp"
#include "events/statuses.hpp"
#include "projections/cells.hpp"
#include "projections/tables.hpp"

namespace pakashop::model {
namespace {

RowChanges requested(const InvoiceRequested& e) {
    return {insert(
        tables::invoices,
        {{"id", e.invoice.value},
         {"order_id", e.order.value},
         {"shop", e.shop.value},
         {"status", word(InvoiceStatus::pending)},
         {"total", amount(e.total)},
         {"vat", amount(e.vat)},
         {"retry_count", std::int64_t{0}},
         {"lines", json_of(e.lines)},
         {"created_at", e.at}}
    )};
}

RowChanges on_invoice(const InvoiceId& invoice, Cells cells) {
    return {patch(tables::invoices, {invoice.value}, cells)};
}

RowChanges numbered(const InvoiceNumbered& e) {
    return on_invoice(
        e.invoice,
        {{"tpin", e.tpin},
         {"number", e.number},
         {"invoice_date", e.dated},
         {"status", word(InvoiceStatus::pending)}}
    );
}

RowChanges sent(const InvoiceSent& e) {
    return on_invoice(
        e.invoice,
        {{"status", word(InvoiceStatus::sent)},
         {"vsdc_number", e.vsdc_number},
         {"response", e.receipt},
         {"next_retry_at", Value{}},
         {"sent_at", e.at}}
    );
}

RowChanges attempt_failed(const InvoiceAttemptFailed& e) {
    return on_invoice(
        e.invoice,
        {{"retry_count", e.retry_count},
         {"response", opened(e.response)},
         {"last_retry_at", e.at},
         {"next_retry_at", e.retry_at},
         {"failure_code", e.failure.code},
         {"failure_message", e.failure.message}}
    );
}

RowChanges failed(const InvoiceFailed& e) {
    return on_invoice(
        e.invoice,
        {{"status", word(InvoiceStatus::failed)},
         {"retry_count", e.retry_count},
         {"response", opened(e.response)},
         {"last_retry_at", e.at},
         {"next_retry_at", Value{}},
         {"failure_code", e.failure.code},
         {"failure_message", e.failure.message}}
    );
}

RowChanges of_invoice(const InvoiceEvent& event) {
    return match(
        event,
        [](const InvoiceRequested& e) { return requested(e); },
        [](const InvoiceBlocked& e) {
            return on_invoice(
                e.invoice, {{"status", word(InvoiceStatus::blocked_tpin)}, {"tpin", e.tpin}}
            );
        },
        [](const InvoiceNumbered& e) { return numbered(e); },
        [](const InvoiceComposed& e) {
            return on_invoice(e.invoice, {{"payload", opened(e.payload)}});
        },
        [](const InvoiceSent& e) { return sent(e); },
        [](const InvoiceMocked& e) {
            return on_invoice(
                e.invoice,
                {{"status", word(InvoiceStatus::mock)}, {"response", e.receipt}, {"sent_at", e.at}}
            );
        },
        [](const InvoiceAttemptFailed& e) { return attempt_failed(e); },
        [](const InvoiceFailed& e) { return failed(e); },
        [](const InvoiceRetried& e) {
            return on_invoice(e.invoice, {{"status", word(InvoiceStatus::pending)}});
        }
    );
}

RowChanges project(const EventMeta&, const AnyEvent& event) {
    if (const auto* invoice = std::get_if<InvoiceEvent>(&event)) return of_invoice(*invoice);
    return {};
}

constexpr std::array own_tables{&tables::invoices};
constexpr std::array<std::string_view, 1> families{"invoice"};

}  // namespace

constinit const Projection invoices_projection{"invoices", own_tables, families, project};

}  // namespace pakashop::model
