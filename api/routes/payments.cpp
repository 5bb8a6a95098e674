#include "api/answers.hpp"
#include "api/routes/events_of.hpp"
#include "api/routes/order_reply.hpp"
#include "api/routes/routes.hpp"
#include "api/routes/states.hpp"

namespace pakashop::api {
namespace {

/// How buyers name their wallets (api.md, "payments").
enum class PaymentMethod { mtn, airtel, zamtel, card };
constexpr auto enum_names(PaymentMethod) {
    return std::array<std::string_view, 4>{"MTN_MONEY", "AIRTEL_MONEY", "ZAMTEL_MONEY", "CARD"};
}

struct StartPayment {
    OrderId order;
    PaymentMethod method{};
    std::optional<PhoneNumber> phone;
    static constexpr auto fields() {
        return std::tuple{
            field("orderId", &StartPayment::order),
            field("method", &StartPayment::method),
            field("phone", &StartPayment::phone)
        };
    }
};

Operator operator_of(PaymentMethod method) {
    switch (method) {
        case PaymentMethod::airtel:
            return Operator::airtel;
        case PaymentMethod::zamtel:
            return Operator::zamtel;
        case PaymentMethod::mtn:
        case PaymentMethod::card:
            break;
    }
    return Operator::mtn;
}

Problem cards_not_offered() {
    return {
        .code = "provider_unavailable",
        .detail = "Card payments are not connected; choose mobile money.",
        .retry_after_s = 3600
    };
}

// The account's phone, unless the buyer pays from another.
std::optional<std::string> phone_of(App& app, const Call& call, const StartPayment& body) {
    if (body.phone) return body.phone->value;
    const std::string& stream = call.caller.login;
    const auto login = app.reference.get<Login>(stream, id_in(stream));
    return open_at(login.credentials->phone, stream, "phone", app.vault);
}

http::Response started_reply(const Commit& commit) {
    const auto* event = event_of<PaymentInitiated>(commit);
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("type").text("ussd");
    out.key("transactionId").text(event ? event->payment.value : "");
    out.key("message").text("Approve the payment on your phone with your mobile-money PIN.");
    out.end_object();
    return json_response(std::move(body));
}

Awaitable<Answer> start_payment(App& app, Call& call) {
    auto body = decode_body<StartPayment>(call.request);
    if (!body) co_return unexpected{body.error()};
    const auto placed = placed_order(app, body->order);
    if (!placed || placed->buyer != call.caller.user) co_return unexpected{not_found()};
    if (body->method == PaymentMethod::card) co_return unexpected{cards_not_offered()};
    const auto phone = phone_of(app, call, *body);
    if (!phone) co_return unexpected{not_found()};
    const Settings settings = app.settings();
    Payment::Initiate command;
    command.provider =
        settings.provider == ProviderChoice::mock ? Provider::mock : Provider::pawapay;
    command.network = operator_of(body->method);
    command.phone = Sealed<PublicText>{Subject{call.caller.user.value}, *phone};
    command.ttl = settings.payment_attempt_ttl;
    command.now = call.now;
    const std::string& order = body->order.value;
    Command envelope = call.command(
        order, stream_of<Payment>(order), Payment::Command{std::move(command)}, Role::customer
    );
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (!outcome) co_return unexpected{outcome.error()};
    co_return started_reply(*outcome->commit);
}

Awaitable<Answer> payment_status(App& app, Call& call) {
    const OrderId order{call.path("orderId")};
    const auto placed = own_order(app, call, order);
    if (!placed) co_return unexpected{placed.error()};
    const auto state = state_of<Payment>(app, order.value, order.value);
    call.note_seen(app.engine, order.value);
    const Payment::Attempt* attempt = Payment::telling(state);
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("orderId").text(order.value).key("status");
    attempt ? out.text(name_of(attempt->status)) : out.null();
    out.key("paymentStatus").text(name_of(Payment::status(state))).key("transactionId");
    attempt ? out.text(attempt->payment.value) : out.null();
    if (attempt && attempt->failure) {
        out.key("failure").begin_object().key("code").text(attempt->failure->code);
        out.key("message").text(attempt->failure->message).end_object();
    }
    out.end_object();
    co_return json_response(std::move(body));
}

}  // namespace

std::vector<BoundRoute> payment_routes() {
    return {
        {{.method = "POST",
          .pattern = "/api/v1/payments/initiate",
          .summary = "Asks the buyer's wallet for an order's money.",
          .tag = "payments",
          .access = any_person(),
          .idempotency = Idempotency::required,
          .key_in_body = true,
          .body = shape_of<StartPayment>(),
          .reply = {200, "The buyer is being asked.", told("{type, transactionId, message}")},
          .problems =
              {"payment_in_progress", "already_paid", "stock_not_held", "provider_unavailable"}},
         start_payment},
        {{.method = "GET",
          .pattern = "/api/v1/payments/status/:orderId",
          .summary = "How an order's payment stands.",
          .tag = "payments",
          .access = any_person(),
          .reply =
              {200, "The attempt and the payment.", told(R"({orderId, status:AttemptStatus|null,
              paymentStatus:PaymentStatus, transactionId:text|null, failure?:Failure})")}},
         payment_status},
    };
}

}  // namespace pakashop::api
