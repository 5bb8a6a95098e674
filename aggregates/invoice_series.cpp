#include "aggregates/invoice_series.hpp"

namespace pakashop {
namespace {

constexpr std::size_t sequence_width_min = 3;  // ZRA-11; it grows beyond 999 (C-05).

PublicText invoice_number(std::string_view day, std::int64_t sequence) {
    std::string digits = std::to_string(sequence);
    if (digits.size() < sequence_width_min)
        digits.insert(0, sequence_width_min - digits.size(), '0');
    return "PKS-" + std::string{day} + "-" + digits;
}

}  // namespace

Result<InvoiceSeries::Events, InvoiceSeries::Refusal>
InvoiceSeries::decide(const State& state, const Command& command) {
    using Decision = Result<Events, Refusal>;
    return match(command, [&](const Allot& c) -> Decision {
        if (state.numbers.contains(c.invoice.value)) return Events{};
        const std::int64_t sequence = state.last + 1;
        return Events{NumberAllotted{
            .invoice = c.invoice,
            .order = c.order,
            .shop = c.shop,
            .tpin = c.tpin,
            .sequence = sequence,
            .number = invoice_number(c.day, sequence),
            .at = c.now
        }};
    });
}

InvoiceSeries::State InvoiceSeries::evolve(State state, const Event& event) {
    match(event, [&](const NumberAllotted& e) {
        if (e.sequence != state.last + 1) throw CorruptStream{"an invoice series has a gap"};
        state.last = e.sequence;
        state.numbers[e.invoice.value] = e.sequence;
    });
    return state;
}

}  // namespace pakashop
