#include <charconv>

#include "handlers/reactors/reactor.hpp"

/// PinIssued → the buyer learns the PIN (POD-01, WAP-02). WhatsApp knows no repeats, so a message
/// goes out again only when it certainly did not go out before; the buyer can ask for a new PIN.
namespace pakashop {
namespace {

constexpr Duration retry_first = seconds(5);
constexpr Duration retry_most = minutes(10);

/// `<delivery id>#<issue>`.
std::int64_t issue_in(std::string_view subject) {
    const std::string_view digits =
        subject.substr(std::min(subject.rfind('#'), subject.size() - 1) + 1);
    std::int64_t issue = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), issue);
    return issue;
}

bool awaits_pin(const Delivery::State& state) {
    return std::holds_alternative<Delivery::Collecting>(state) ||
           std::holds_alternative<Delivery::Departed>(state);
}

/// The buyer's account phone, not the recipient's (api.md "Delivery"). Nothing while it is not
/// known; an empty text when it was erased.
std::optional<std::string> phone_of(const ReactorContext& context, const UserId& buyer) {
    const auto user = context.reference.get<User>(buyer.value, buyer.value);
    if (user.login.empty()) return std::nullopt;
    const auto login = context.reference.get<Login>(user.login, id_in(user.login));
    if (!login.credentials) return std::nullopt;
    return open_at(login.credentials->phone, user.login, "phone", context.vault).value_or("");
}

void tell(const ReactorContext& context, const Grant& grant, std::string_view what) {
    context.notice({Notice::Level::warning, "pin_message_" + std::string{what}, grant.subject});
}

Next after_sending(
    const ReactorContext& context,
    const Grant& grant,
    const CallResult<MessageId>& result
) {
    const auto again = [&](std::string reason) -> Next {
        return Later{backoff(grant.attempt, retry_first, retry_most), std::move(reason)};
    };
    return match(
        result,
        [](const MessageId& id) -> Next { return Done{"sent " + id.value}; },
        [&](const Refused& r) -> Next {
            tell(context, grant, "refused");
            return Done{"refused " + r.failure.code};
        },
        [&](const TryLater& t) {
            return t.after ? Next{Later{*t.after, t.failure.code}} : again(t.failure.code);
        },
        [&](const NotSent&) { return again("not_sent"); },
        [&](const Unknown&) -> Next {
            tell(context, grant, "unknown");
            return Done{"unknown"};
        }
    );
}

}  // namespace

Reaction react_to_pin_message(const ReactorContext& context, const Grant& grant) {
    if (grant.resumed) {
        tell(context, grant, "unknown");
        return {Done{"unknown"}};
    }
    const auto state = load<Delivery>(context, grant.key, grant.key);
    const Delivery::Trip* trip = Delivery::trip(state);
    if (!trip || !awaits_pin(state)) return {Done{"not_needed"}};
    const std::int64_t issue = issue_in(grant.subject);
    if (trip->pin.issue != issue) return {Done{"replaced"}};
    if (context.clock.now() >= trip->pin.expires_at) return {Done{"expired"}};
    const auto phone = phone_of(context, trip->buyer);
    if (!phone) return {Later{retry_first, "recipient_unknown"}};
    if (phone->empty()) return {Done{"recipient_erased"}};
    const PinMessage message{
        *phone, delivery_pin(context.pin_key, trip->delivery, issue), trip->order
    };
    Reaction reaction;
    const auto result =
        timed(reaction, [&] { return context.messenger.send_pin(message, grant.trace); });
    reaction.next = after_sending(context, grant, result);
    return reaction;
}

}  // namespace pakashop
