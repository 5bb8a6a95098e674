#include "handlers/tax_figures.hpp"

#include "events/kernel/match.hpp"

namespace pakashop {

void TaxFigures::follow(const Commit& commit) {
    for (const CommittedEvent& event : commit.events) {
        const auto* invoice = std::get_if<InvoiceEvent>(&event.event);
        if (!invoice) continue;
        match(
            *invoice,
            [&](const InvoiceSent&) { ++sent_; },
            [&](const OneOf<InvoiceAttemptFailed, InvoiceFailed> auto&) { ++failed_; },
            [&](const InvoiceMocked&) { ++mocked_; },
            [&](const InvoiceBlocked&) { ++blocked_; },
            [](const OneOf<
                InvoiceRequested,
                InvoiceNumbered,
                InvoiceComposed,
                InvoiceRetried> auto&) {}
        );
    }
}

}  // namespace pakashop
