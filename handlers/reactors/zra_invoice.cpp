#include "handlers/reactors/invoice_document.hpp"
#include "handlers/reactors/reactor.hpp"

/// InvoiceNumbered → the document is fixed, transmitted byte for byte, and its receipt kept
/// (ZRA-06); in mock mode a receipt for it is made here and nothing is called (ZRA-10).
namespace pakashop {
namespace {

constexpr Duration retry_first = seconds(5);
constexpr Duration retry_most = minutes(10);

KeyedCommand
to_invoice(const std::string& order, const std::string& invoice, Invoice::Command command) {
    return {order, {stream_of<Invoice>(invoice), std::move(command)}};
}

/// One transmission of one invoice.
class Transmission {
public:
    Transmission(const ReactorContext& context, const Grant& grant)
        : context_{context}, grant_{grant} {}

    Reaction run() {
        const auto state = load<Invoice>(context_, grant_.key, grant_.subject);
        const Invoice::Numbered* invoice = Invoice::numbered(state);
        if (!invoice || invoice->status != InvoiceStatus::pending) return {Done{"settled"}};
        reaction_.next = fix(*invoice);
        return std::move(reaction_);
    }

private:
    Next mock(const Invoice::Numbered& invoice) {
        std::string receipt;
        JsonWriter out{receipt};
        out.begin_object().key("mock").boolean(true);
        out.key("invoiceNumber").text(invoice.number);
        out.key("receivedAt").text(to_rfc3339(context_.clock.now())).end_object();
        return keep("mock", Invoice::RecordMock{std::move(receipt), context_.clock.now()});
    }

    // What is stored is what is sent: also when this attempt composed it.
    Next fix(const Invoice::Numbered& invoice) {
        if (invoice.payload) return issue(invoice);
        const auto composed = compose(invoice);
        if (!composed) return give_up({"FACTS_ERASED", "the parties are not known any more"});
        // Not an attempt's own id: the first document that is composed is the only one.
        const CommandId id = derived_command_id(grant_.effect.value, "compose", grant_.key);
        const Actor reactors{"reactors", "SYSTEM", "reactor"};
        auto command = to_invoice(grant_.key, grant_.subject, Invoice::Compose{*composed});
        if (!record_as(context_, grant_, id, reactors, std::move(command))) return Unrecorded{};
        const auto state = load<Invoice>(context_, grant_.key, grant_.subject);
        const Invoice::Numbered* fixed = Invoice::numbered(state);
        if (!fixed || !fixed->payload) return Later{retry_most, "not_composed"};
        return issue(*fixed);
    }

    Next issue(const Invoice::Numbered& invoice) {
        return context_.settings().zra_mock_mode ? mock(invoice) : transmit(*invoice.payload);
    }

    std::optional<Sealed<PublicText>> compose(const Invoice::Numbered& invoice) const;

    Next transmit(const SealedAt<PublicText>& payload) {
        const std::string stream = stream_of<Invoice>(grant_.subject);
        const auto document = open_at(payload, stream, "payload", context_.vault);
        if (!document) return give_up({"DOCUMENT_ERASED", "the document is not known any more"});
        const auto result =
            timed(reaction_, [&] { return context_.tax.transmit(*document, grant_.trace); });
        const Instant now = context_.clock.now();
        return match(
            result,
            [&](const TaxReceipt& r) {
                return keep("receipt", Invoice::RecordReceipt{r.vsdc_number, r.document, now});
            },
            [&](const Refused& r) {
                return keep(
                    "failure", Invoice::RecordFailure{r.failure, true, now, kept(r.response)}
                );
            },
            [&](const TryLater& t) {
                return keep(
                    "failure", Invoice::RecordFailure{t.failure, false, now, kept(t.response)}
                );
            },
            [&](const NotSent&) { return again("not_sent"); },
            [&](const Unknown&) { return again("unknown"); }
        );
    }

    // No answer is no verdict: the same bytes go out again, and none of the retries is used up.
    Next again(std::string reason) const {
        return Later{backoff(grant_.attempt, retry_first, retry_most), std::move(reason)};
    }

    // An answer may repeat the document, and so it is kept as the document is.
    std::optional<Sealed<PublicText>> kept(const std::string& response) const {
        const auto order = load<Order>(context_, grant_.key, grant_.key);
        const Order::Placed* placed = Order::placed(order);
        if (response.empty() || !placed) return std::nullopt;
        return Sealed<PublicText>{Subject{placed->buyer.value, SubjectClass::tax}, response};
    }

    Next give_up(const ProviderFailure& failure) {
        return keep("failure", Invoice::RecordFailure{failure, true, context_.clock.now()});
    }

    Next keep(std::string_view what, Invoice::Command command) {
        auto addressed = to_invoice(grant_.key, grant_.subject, std::move(command));
        const auto outcome = record(context_, grant_, what, std::move(addressed));
        if (!outcome) return Unrecorded{};
        if (const auto* failed = find_event<InvoiceEvent, InvoiceFailed>(*outcome)) tell(*failed);
        return Recorded{};
    }

    void tell(const InvoiceFailed& e) const {
        context_.notice(
            {Notice::Level::error,
             "invoice_failed",
             e.invoice.value + " of " + e.order.value + ": " + e.failure.code}
        );
    }

    const ReactorContext& context_;
    const Grant& grant_;
    Reaction reaction_;
};

std::string place_of(const DeliveryAddress& address) {
    std::string text = address.line1 + ", " + address.city;
    if (address.province) text += ", " + *address.province;
    return text;
}

/// The provider's id of the money that paid the order, and our own where it gave none.
std::string transaction_of(const ReactorContext& context, const std::string& order) {
    Engine& engine = context.engine;
    const PartitionId partition = engine.partition_of_key(order);
    const std::uint64_t end = engine.store().state(partition).place.seq;
    const auto history = load_history(engine.store(), partition, order, end);
    for (const auto& commit : history) {
        for (const CommittedEvent& event : commit->events) {
            const auto* family = std::get_if<PaymentEvent>(&event.event);
            const auto* captured = family ? std::get_if<PaymentCaptured>(family) : nullptr;
            if (!captured) continue;
            const auto& transaction = captured->provider_transaction;
            return transaction.empty() ? captured->payment.value : transaction;
        }
    }
    return order;
}

std::optional<Sealed<PublicText>> Transmission::compose(const Invoice::Numbered& invoice) const {
    const std::string& shop_id = invoice.bill.shop.value;
    const auto order = load<Order>(context_, grant_.key, grant_.key);
    const auto shop = load<Shop>(context_, shop_id, shop_id);
    const Order::Placed* placed = Order::placed(order);
    if (!placed || !shop.profile) return std::nullopt;
    Vault& vault = context_.vault;
    const std::string order_stream = stream_of<Order>(grant_.key);
    const std::string shop_stream = stream_of<Shop>(shop_id);
    const auto to = open_at(placed->address, order_stream, "address", vault);
    const auto seat = open_at(shop.profile->address, shop_stream, "address", vault);
    const auto phone = open_at(shop.profile->phone, shop_stream, "phone", vault);
    InvoiceFacts facts;
    facts.seller = {invoice.tpin, shop.profile->name, seat.value_or(""), phone.value_or("")};
    facts.buyer = {"", "Customer", "", ""};
    if (to) facts.buyer = {"", to->first_name + " " + to->last_name, place_of(*to), to->phone};
    facts.lines = invoice.bill.lines;
    facts.payment_transaction = transaction_of(context_, grant_.key);
    facts.number = invoice.number;
    facts.dated = invoice.dated;
    return Sealed<PublicText>{
        Subject{placed->buyer.value, SubjectClass::tax}, compose_invoice(facts)
    };
}

}  // namespace

Reaction react_to_invoice(const ReactorContext& context, const Grant& grant) {
    return Transmission{context, grant}.run();
}

}  // namespace pakashop
