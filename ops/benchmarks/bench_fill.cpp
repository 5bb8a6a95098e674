#include <fmt/format.h>

#include "handlers/policies/effect_ids.hpp"
#include "ops/benchmarks/bench.hpp"
#include "ops/benchmarks/trade.hpp"

/// Orders through their whole life, without HTTP: placed, paid, packed, delivered, invoiced, and
/// their shops paid out. Deciders, policies and processes are the real ones; providers are played.
namespace pakashop::bench {
namespace {

constexpr std::uint64_t products = 400;
constexpr std::uint64_t buyers = 300;
constexpr std::uint64_t shops = 8;
constexpr std::uint64_t at_once = 256;
constexpr Duration pin_ttl = hours(24);
const AgentId rider{"agt_bench"};

Sealed<PublicText> personal(const UserId& whose, std::string text) {
    return {Subject{whose.value}, std::move(text)};
}

/// One life after the other's step: every step goes to all orders of a group at once, so that they
/// share its flushes.
class Day {
public:
    explicit Day(const Options& options) : machine_{options}, orders_{options.orders} {
        pins_.secret.fill(7);
    }

    void trade() {
        open_market();
        for (std::uint64_t first = 0; first < orders_; first += at_once) {
            group_ = {first, std::min(first + at_once, orders_)};
            sell();
            deliver();
            machine_.settle();
            invoice();
            fmt::print(stderr, "\r{} of {} orders", group_.end, orders_);
        }
        pay_out();
        fmt::print(stderr, "\n");
    }
    const Engine& engine() { return machine_.engine(); }

private:
    struct Group {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
    };

    Instant now() const { return machine_.clock().now(); }

    template <class Aggregate>
    void tell_all(std::string_view what, auto make) {
        std::vector<Command> commands;
        for (std::uint64_t n = group_.begin; n < group_.end; ++n) {
            const std::string id = order_id(n).value;
            commands.push_back(command_for(
                id, stream_of<Aggregate>(id), typename Aggregate::Command{make(n)}, what, now()
            ));
        }
        do_all(machine_.engine(), std::move(commands));
    }

    void open_market() {
        offer_products(machine_.engine(), machine_.clock(), products);
        std::vector<Command> applied;
        std::vector<Command> approved;
        std::vector<Command> checked;
        for (std::uint64_t n = 0; n < shops; ++n) {
            const ShopId id = shop_of(n);
            const UserId owner = buyer_id(1'000'000 + n);
            const std::string stream = stream_of<Shop>(id.value);
            const std::string tpin = std::to_string(1'000'000'000 + n);
            const Shop::Apply apply{
                id,
                owner,
                "Shop " + std::to_string(n),
                SellerKind::merchant,
                tpin,
                personal(owner, "Stand 12, Kamwala Market"),
                personal(owner, "+260970000111"),
                Operator::mtn,
                personal(owner, "+260970000112"),
                "+26097*****12",
                now()
            };
            const auto tell = [&](std::string_view what, Shop::Command command) {
                return command_for(id.value, stream, AnyCommand{std::move(command)}, what, now());
            };
            applied.push_back(tell("apply", apply));
            approved.push_back(tell("approve", Shop::Approve{now()}));
            checked.push_back(tell("tpin", Shop::RecordTpin{tpin, true, now()}));
        }
        for (auto* step : {&applied, &approved, &checked}) {
            do_all(machine_.engine(), std::move(*step));
        }
    }

    void sell() {
        std::vector<Command> holds;
        for (std::uint64_t n = group_.begin; n < group_.end; ++n) {
            for (const OrderLine& line : lines(n)) {
                const Product::Hold hold{order_id(n), try_id(n), line.quantity, now()};
                holds.push_back(command_for(
                    line.product.value,
                    stream_of<Product>(line.product.value),
                    Product::Command{hold},
                    try_id(n).value,
                    now()
                ));
            }
        }
        do_all(machine_.engine(), std::move(holds));
        tell_all<Order>("place", [&](std::uint64_t n) { return placing(n); });
        tell_all<Payment>("initiate", [&](std::uint64_t n) {
            return Payment::Initiate{
                Provider::pawapay,
                Operator::mtn,
                personal(buyer(n), "+260977123456"),
                minutes(15),
                now()
            };
        });
        begin_effects([](std::uint64_t n) { return deposit_effect(payment(n)); });
        tell_all<Payment>("pending", [&](std::uint64_t n) {
            return Payment::RecordPending{payment(n), now()};
        });
        tell_all<Payment>("capture", [&](std::uint64_t n) {
            return Payment::RecordCapture{
                payment(n),
                total(n),
                "MP260512.1000." + std::to_string(n),
                Evidence::signed_callback,
                Invoicing::live,
                now()
            };
        });
    }

    void deliver() {
        for (std::size_t part = 0; part < 2; ++part) {
            tell_all<Order>("accept" + std::to_string(part), [&](std::uint64_t n) {
                return Order::Accept{lines(n)[part].shop};
            });
            tell_all<Order>("ready" + std::to_string(part), [&](std::uint64_t n) {
                return Order::MarkReady{lines(n)[part].shop};
            });
        }
        begin_effects([](std::uint64_t n) { return pin_effect(delivery(n), 1); });
        finish_effects([](std::uint64_t n) { return pin_effect(delivery(n), 1); });
        tell_all<Delivery>("assign", [&](auto) { return Delivery::Assign{rider, true, now()}; });
        tell_all<Delivery>("pick up", [&](auto) {
            return Delivery::PickUp{rider, std::nullopt, pin_ttl, now()};
        });
        begin_effects([](std::uint64_t n) { return pin_effect(delivery(n), 2); });
        finish_effects([](std::uint64_t n) { return pin_effect(delivery(n), 2); });
        tell_all<Delivery>("confirm", [&](std::uint64_t n) {
            return Delivery::ConfirmPin{rider, delivery_pin(pins_, delivery(n), 2), pins_, now()};
        });
        tell_all<Delivery>("capture", [&](std::uint64_t n) { return proof(n); });
    }

    // The numbers come through three processes; then the documents are composed and received.
    void invoice() {
        for (std::uint64_t part = 1; part <= 2; ++part) {
            const auto id = [part](std::uint64_t n) {
                return InvoiceId{child_id("inv", order_id(n).value, part)};
            };
            const auto tell = [&](std::string_view what, auto make) {
                std::vector<Command> commands;
                for (std::uint64_t n = group_.begin; n < group_.end; ++n) {
                    const std::string stream = stream_of<Invoice>(id(n).value);
                    const Invoice::Command command{make(n)};
                    commands.push_back(command_for(order_id(n).value, stream, command, what, now())
                    );
                }
                do_all(machine_.engine(), std::move(commands));
            };
            begin_effects([&](std::uint64_t n) { return invoice_effect(id(n)); });
            tell("compose", [&](std::uint64_t n) {
                return Invoice::Compose{
                    {Subject{buyer(n).value, SubjectClass::tax}, std::string(900, 'd')}
                };
            });
            tell("receipt", [&](std::uint64_t n) {
                return Invoice::RecordReceipt{
                    "VSDC-" + std::to_string(n), R"({"receiptNumber":"1"})", now()
                };
            });
        }
    }

    void pay_out() {
        std::vector<Command> asked;
        for (std::uint64_t n = 0; n < shops; ++n) {
            const UserId owner = buyer_id(1'000'000 + n);
            const Account::RequestPayout request{
                shop_of(n), Operator::mtn, personal(owner, "+260970000112"), "+26097*****12", now()
            };
            asked.push_back(account_command(n, "payout", request));
        }
        std::vector<Command> accepted;
        std::vector<Command> completed;
        for (const Outcome& outcome : do_all(machine_.engine(), std::move(asked))) {
            for (const CommittedEvent& event : outcome.commit->events) {
                const auto* account = std::get_if<AccountEvent>(&event.event);
                const auto* payout = account ? std::get_if<PayoutRequested>(account) : nullptr;
                if (!payout) continue;
                const std::uint64_t n = std::stoull(payout->shop.value.substr(4));
                accepted.push_back(
                    account_command(n, "accepted", Account::RecordAccepted{payout->payout, now()})
                );
                completed.push_back(account_command(
                    n,
                    "completed",
                    Account::RecordCompleted{payout->payout, payout->amount, "MP1", now()}
                ));
            }
        }
        do_all(machine_.engine(), std::move(accepted));
        do_all(machine_.engine(), std::move(completed));
        machine_.settle();
    }

    Command account_command(std::uint64_t n, std::string_view what, Account::Command command) {
        const std::string id = shop_of(n).value;
        return command_for(id, stream_of<Account>(id), std::move(command), what, now());
    }

    void begin_effects(auto effect) {
        tell_effects("begin", effect, Effect::Begin{minutes(1), now() + seconds(1)});
    }
    void finish_effects(auto effect) { tell_effects("finish", effect, Effect::Finish{"sent"}); }
    void tell_effects(std::string_view what, auto effect, const Effect::Command& command) {
        std::vector<Command> commands;
        for (std::uint64_t n = group_.begin; n < group_.end; ++n) {
            const std::string stream = stream_of<Effect>(effect(n).value);
            commands.push_back(command_for(order_id(n).value, stream, command, what, now()));
        }
        do_all(machine_.engine(), std::move(commands));
    }

    Order::Place placing(std::uint64_t n) const {
        const Command command = place_command(n, n % buyers, now());
        auto place = std::get<Order::Place>(std::get<Order::Command>(command.to.command));
        place.lines = lines(n);
        place.total = total(n);
        return place;
    }
    Delivery::CaptureProof proof(std::uint64_t n) const {
        return {
            rider,
            SignatureId{child_id("sig", order_id(n).value, 1)},
            personal(buyer(n), std::string(2'000, 'A')),
            personal(buyer(n), R"([[{"x":1,"y":2,"t":3}]])"),
            personal(buyer(n), "Natasha Mwanza"),
            {},
            {},
            std::string(88, 's'),
            now()
        };
    }
    static std::vector<OrderLine> lines(std::uint64_t n) {
        return {line_of(n, 1, n * 7 % products), line_of(n, 2, (n * 7 + 1) % products)};
    }
    static Money total(std::uint64_t n) {
        Money sum;
        for (const OrderLine& line : lines(n)) sum = sum + line.line_total;
        return sum;
    }
    static UserId buyer(std::uint64_t n) { return buyer_id(n % buyers); }
    static PaymentId payment(std::uint64_t n) { return {child_id("pay", order_id(n).value, 1)}; }
    static DeliveryId delivery(std::uint64_t n) { return {child_id("dlv", order_id(n).value, 1)}; }

    Machine machine_;
    std::uint64_t orders_;
    PinKey pins_;
    Group group_;
};

}  // namespace

int fill(const Options& options) {
    const auto began = steady_now();
    Day day{options};
    day.trade();
    const auto figures = day.engine().figures();
    const double seconds = seconds_since(began);
    Figure{"fill"}
        .with("measured", static_cast<double>(figures.events) / seconds)
        .with("orders", static_cast<double>(options.orders))
        .with("commits", static_cast<double>(figures.commits))
        .with("events", static_cast<double>(figures.events))
        .with("seconds", seconds)
        .print();
    return 0;
}

}  // namespace pakashop::bench
