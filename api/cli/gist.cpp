#include "api/cli/gist.hpp"

#include <fmt/format.h>

#include "events/kernel/match.hpp"

namespace pakashop::cli {
namespace {

constexpr std::size_t shown_max = 80;

std::string zmw(Money amount) { return "ZMW " + to_decimal(amount); }

std::string count(std::size_t number, std::string_view what) {
    return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

std::string listed(const std::vector<ShopId>& shops) {
    std::string out;
    for (const ShopId& shop : shops) out += (out.empty() ? "" : ", ") + shop.value;
    return out;
}

std::string shares(const std::vector<SettlementShare>& lines) {
    Money vendors;
    Money fees;
    for (const SettlementShare& line : lines) {
        vendors = vendors + line.vendor_amount;
        fees = fees + line.platform_fee;
    }
    const std::string lines_said = count(lines.size(), "line");
    return fmt::format("{}: {} to shops, {} fee", lines_said, zmw(vendors), zmw(fees));
}

std::string because(const ProviderFailure& failure) {
    return failure.code + (failure.message.empty() ? "" : ": " + failure.message);
}

std::string words(const OrderEvent& event) {
    return match(
        event,
        [](const OrderPlaced& e) {
            return fmt::format(
                "{}, {}, of which VAT {}", count(e.lines.size(), "line"), zmw(e.total), zmw(e.vat)
            );
        },
        [](const TryClosed& e) { return count(e.held.size(), "hold") + " let go"; },
        [](const OrderConfirmed& e) {
            return fmt::format("{}, paid by {}", zmw(e.total), e.payment.value);
        },
        [](const OneOf<FulfilmentAccepted, FulfilmentReady> auto& e) { return e.shop.value; },
        [](const FulfilmentPickedUp& e) { return e.shop.value + " by " + e.agent.value; },
        [](const OrderDelivered& e) { return listed(e.shops); },
        [](const FulfilmentCancelled& e) { return e.shop.value + ": " + e.reason; },
        [](const OrderCancelled& e) { return e.reason + (e.paid ? ", after payment" : ""); },
        [](const OrderExpired&) { return std::string{"nobody paid in time"}; }
    );
}

std::string words(const PaymentEvent& event) {
    return match(
        event,
        [](const PaymentOpened& e) { return zmw(e.amount) + " may be paid"; },
        [](const PaymentInitiated& e) {
            return fmt::format(
                "{} {} asked of {}", e.payment.value, zmw(e.amount), name_of(e.network)
            );
        },
        [](const PaymentPending& e) { return e.payment.value; },
        [](const PaymentCaptured& e) {
            return fmt::format(
                "{}, {}, proven by {}", zmw(e.amount), e.provider_transaction, name_of(e.evidence)
            );
        },
        [](const LateCapture& e) { return zmw(e.amount) + " came too late, and is owed back"; },
        [](const AmountMismatch& e) {
            return fmt::format("{} where {} was asked", zmw(e.received), zmw(e.expected));
        },
        [](const PaymentFailed& e) { return because(e.failure); },
        [](const PaymentExpired& e) { return e.payment.value; },
        [](const PaymentClosed& e) { return e.reason; },
        [](const RefundOwed& e) { return fmt::format("{}: {}", zmw(e.amount), e.reason); }
    );
}

std::string words(const SettlementEvent& event) {
    return match(
        event,
        [](const OneOf<LinesHeld, LinesReleased, LinesCancelled> auto& e) {
            return shares(e.lines);
        },
        [](const OneOf<LinesInPayout, LinesPaidOut, LinesReturned, LinesReversed> auto& e) {
            return fmt::format("{}, {}", shares(e.lines), e.payout.value);
        }
    );
}

std::string words(const DeliveryEvent& event) {
    return match(
        event,
        [](const DeliveryOpened& e) {
            return count(e.stops.size(), "stop") + ": " + listed(e.stops);
        },
        [](const PinIssued& e) {
            return fmt::format("number {}, until {}", e.issue, to_rfc3339(e.expires_at));
        },
        [](const AgentAssigned& e) { return e.agent.value + (e.claimed ? ", by claim" : ""); },
        [](const AgentReleased& e) { return e.agent.value + ": " + e.reason; },
        [](const OneOf<StopReady, StopDropped> auto& e) { return e.shop.value; },
        [](const StopPickedUp& e) { return e.shop.value + " by " + e.agent.value; },
        [](const OneOf<DeliveryDeparted, DeliveryAbandoned> auto&) { return std::string{}; },
        [](const PinRefused& e) { return fmt::format("tries left: {}", e.attempts_left); },
        [](const PinAccepted& e) { return fmt::format("number {}, {}", e.issue, e.agent.value); },
        [](const ProofCaptured& e) { return "proof " + to_hex(e.proof_hash).substr(0, 16); },
        [](const DeliveryCompleted& e) { return listed(e.shops); }
    );
}

std::string words(const InvoiceEvent& event) {
    return match(
        event,
        [](const InvoiceRequested& e) {
            return fmt::format("{}: {}, VAT {}", e.shop.value, zmw(e.total), zmw(e.vat));
        },
        [](const InvoiceBlocked& e) { return "no valid TPIN: " + e.tpin; },
        [](const InvoiceNumbered& e) { return e.number + " of TPIN " + e.tpin; },
        [](const InvoiceComposed&) { return std::string{}; },
        [](const InvoiceSent& e) { return "receipt " + e.vsdc_number; },
        [](const InvoiceMocked&) { return std::string{"simulated"}; },
        [](const InvoiceAttemptFailed& e) {
            return fmt::format("{}; again at {}", because(e.failure), to_rfc3339(e.retry_at));
        },
        [](const InvoiceFailed& e) { return because(e.failure); },
        [](const InvoiceRetried& e) { return e.shop.value; }
    );
}

std::string words(const EffectEvent& event) {
    return match(
        event,
        [](const EffectRequested& e) {
            return fmt::format("{} for {}", name_of(e.kind), e.subject);
        },
        [](const EffectBegun& e) {
            return fmt::format("{}, attempt {} may call", name_of(e.kind), e.attempt);
        },
        [](const EffectDeferred& e) {
            return fmt::format("{}; again at {}", e.reason, to_rfc3339(e.due_at));
        },
        [](const EffectFinished& e) { return e.outcome; }
    );
}

std::string words(const AccountEvent& event) {
    return match(
        event,
        [](const OneOf<FundsHeld, FundsReleased, FundsCancelled> auto& e) {
            return e.shop.value + ": " + count(e.lines.size(), "line");
        },
        [](const PayoutRequested& e) {
            return fmt::format(
                "{} {} for {} to {} {}",
                e.payout.value,
                zmw(e.amount),
                count(e.lines.size(), "line"),
                name_of(e.network),
                e.masked
            );
        },
        [](const PayoutAccepted& e) { return e.payout.value; },
        [](const PayoutCompleted& e) {
            return fmt::format("{} {}, {}", e.payout.value, zmw(e.amount), e.provider_transaction);
        },
        [](const OneOf<PayoutFailed, PayoutReversed> auto& e) {
            return fmt::format("{} {}, {}", e.payout.value, zmw(e.amount), because(e.failure));
        },
        [](const PayoutMismatched& e) {
            return fmt::format(
                "{}: {} where {} was sent", e.payout.value, zmw(e.received), zmw(e.expected)
            );
        }
    );
}

template <class T>
std::string shown(const Sealed<T>& field) {
    if (field.erased()) return "erased";
    if (field.ciphertext()) return "sealed";
    std::string text = to_json(*field.value());
    if (text.size() > shown_max) return fmt::format("({} bytes)", text.size());
    return text;
}

}  // namespace

std::string gist(const AnyEvent& event) {
    return match(
        event,
        [](const OneOf<
            OrderEvent,
            PaymentEvent,
            SettlementEvent,
            DeliveryEvent,
            InvoiceEvent,
            EffectEvent,
            AccountEvent> auto& family) { return words(family); },
        [](const OneOf<
            ProductEvent,
            ShopEvent,
            LoginEvent,
            UserEvent,
            AgentEvent,
            ConfigEvent,
            InvoiceSeriesEvent,
            SettlementRunEvent> auto&) { return std::string{}; }
    );
}

std::string personal_fields(const AnyEvent& event) {
    std::string out;
    const auto add = [&](std::string_view name, const std::string& text) {
        out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", name, text);
    };
    const auto visit = [&]<class E>(const E& one) {
        for_each_field<E>(one, [&]<class M>(std::string_view name, const M& member) {
            if constexpr (codec::IsSealed<M>::value) {
                add(name, shown(member));
            } else if constexpr (codec::IsOptional<M>::value) {
                if constexpr (codec::IsSealed<typename M::value_type>::value) {
                    if (member) add(name, shown(*member));
                }
            }
        });
    };
    std::visit([&](const auto& family) { std::visit(visit, family); }, event);
    return out;
}

}  // namespace pakashop::cli
