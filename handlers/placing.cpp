#include "handlers/placing.hpp"

#include <algorithm>
#include <unordered_map>

namespace pakashop {
namespace {

// A product is held once for an order, however many lines it stands on.
Basket with_lines_summed(Basket basket) {
    std::vector<Basket::Line> summed;
    for (Basket::Line& line : basket.lines) {
        const auto same = std::ranges::find(summed, line.product, &Basket::Line::product);
        if (same == summed.end()) {
            summed.push_back(std::move(line));
        } else {
            same->quantity += line.quantity;
        }
    }
    basket.lines = std::move(summed);
    return basket;
}

/// One execution, alive as long as a reply is outstanding. Lives on the engine's thread, where its
/// commands pass by the bounded queue: the desk asks once, before it begins, whether there is room.
class Placing : public std::enable_shared_from_this<Placing> {
public:
    using Done = std::function<void(Placed)>;

    Placing(Engine& engine, Basket basket, PlacingRequest request, Done done)
        : engine_{engine},
          basket_{with_lines_summed(std::move(basket))},
          request_{std::move(request)},
          held_(basket_.lines.size()) {
        waiting_for_it_.push_back(std::move(done));
    }

    // A repeated request is answered by the commit it made: the shard knows it by its id.
    void begin() {
        if (late()) return answer({Placed::Kind::failed, overloaded(), {}});
        const auto placed = placed_before();
        if (!placed) {
            answer({Placed::Kind::failed, {.kind = Outcome::Kind::halted}, {}});
        } else if (*placed) {
            ask_order();
        } else {
            hold_all();
        }
    }

    /// The same request once more, while this one is under way.
    void attach(const Fingerprint& fingerprint, Done done) {
        if (fingerprint == request_.fingerprint) {
            waiting_for_it_.push_back(std::move(done));
        } else {
            done({Placed::Kind::failed, {.kind = Outcome::Kind::key_reused}, {}});
        }
    }

    /// Who waits is told in time. What is held later is let go by the rest of this execution, and a
    /// Place that was sent already is waited for: it may have won.
    void look() {
        if (holding_ && late()) answer({Placed::Kind::failed, overloaded(), {}});
    }

    bool answered() const { return waiting_for_it_.empty(); }

private:
    static Outcome overloaded() { return {.kind = Outcome::Kind::overloaded}; }

    bool late() const { return engine_.clock().now() > request_.deadline; }

    // Nothing where the history cannot be read.
    std::optional<bool> placed_before() const {
        const PartitionId partition = engine_.partition_of_key(basket_.order.value);
        try {
            return engine_.store().find_command(partition, request_.id).has_value();
        } catch (const CorruptStream&) {
            return std::nullopt;
        }
    }

    void hold_all() {
        holding_ = true;
        outstanding_ = basket_.lines.size();
        for (std::size_t i = 0; i < basket_.lines.size(); ++i) {
            const Basket::Line& line = basket_.lines[i];
            Command command = to_product("hold:", line.product);
            command.to.command = Product::Command{
                Product::Hold{basket_.order, basket_.try_id, line.quantity, request_.now}
            };
            command.fresh = true;  // As the try is.
            command.reply = [self = shared_from_this(), i](const Outcome& outcome) {
                self->hold_answered(i, outcome);
            };
            engine_.submit_here(std::move(command));
        }
    }

    Command to_product(std::string_view what, const ProductId& product) const {
        Command command = prepare(std::string{what} + product.value);
        command.key = product.value;
        command.to.stream = stream_of<Product>(product.value);
        return command;
    }

    // Each execution holds under ids of its own: the try is fresh, so a repeat must not meet them.
    Command prepare(const std::string& what) const {
        Command command;
        command.id = derived_command_id(to_hex(request_.id), basket_.try_id.value, what);
        command.fingerprint = request_.fingerprint;
        command.actor = request_.actor;
        command.trace = request_.trace;
        command.trace.causation = to_hex(request_.id);
        command.now = request_.now;
        command.deadline = request_.deadline;
        return command;
    }

    void hold_answered(std::size_t i, const Outcome& outcome) {
        if (outcome.kind == Outcome::Kind::committed) {
            take_hold(i, *outcome.commit);
        } else if (outcome.kind == Outcome::Kind::refused) {
            const bool some_left = outcome.refusal == "out_of_stock";
            (some_left ? too_few_ : unavailable_).push_back(basket_.lines[i].product);
        } else {
            failure_ = outcome;
        }
        if (--outstanding_ == 0) all_held();
    }

    void take_hold(std::size_t i, const Commit& commit) {
        for (const CommittedEvent& event : commit.events) {
            const auto* product = std::get_if<ProductEvent>(&event.event);
            if (const auto* held = product ? std::get_if<StockHeld>(product) : nullptr) {
                held_[i] = *held;
                if (request_.may_sell(held->shop)) continue;
                unavailable_.push_back(held->product);
            }
        }
    }

    void all_held() {
        holding_ = false;
        if ((late() || answered()) && !failure_) failure_ = overloaded();
        if (failure_ || !too_few_.empty() || !unavailable_.empty()) {
            close_try();
            return;
        }
        auto order = order_from_holds();
        if (!order) {
            too_large_ = true;
            close_try();
            return;
        }
        send_place(*std::move(order), request_.deadline);
    }

    // Its commit is there already, so it is never too late to be told of it.
    void ask_order() {
        Order::Place none;
        none.order = basket_.order;
        none.try_id = basket_.try_id;
        send_place(std::move(none), Instant{INT64_MAX});
    }

    void send_place(Order::Place place, Instant deadline) {
        Command command = prepare("place");
        command.deadline = deadline;
        command.id = request_.id;
        command.trace.causation.clear();
        command.key = basket_.order.value;
        command.to = {stream_of<Order>(basket_.order.value), Order::Command{std::move(place)}};
        command.reply = [self = shared_from_this()](const Outcome& outcome) {
            self->place_answered(outcome);
        };
        engine_.submit_here(std::move(command));
    }

    std::optional<Order::Place> order_from_holds() {
        Order::Place place{
            .order = basket_.order,
            .buyer = basket_.buyer,
            .try_id = basket_.try_id,
            .lines = {},
            .total = {},
            .vat = {},
            .address = std::move(basket_.address),
            .notes = std::move(basket_.notes),
            .expires_at = request_.now + basket_.ttl,
            .now = request_.now
        };
        for (const auto& held : held_) {
            require(held.has_value(), "a hold that was granted tells what it holds");
            auto line = line_from(*held, place.lines.size() + 1);
            const auto total = line ? checked_add(place.total, line->line_total) : std::nullopt;
            if (!total || *total > amount_max) return std::nullopt;
            place.total = *total;
            place.vat = place.vat + line->vat;
            place.lines.push_back(*std::move(line));
        }
        return place;
    }

    std::optional<OrderLine> line_from(const StockHeld& held, std::uint64_t number) const {
        const auto total = checked_times(held.unit_price, held.quantity);
        if (!total || *total > amount_max) return std::nullopt;
        return OrderLine{
            ItemId{child_id("itm", basket_.order.value, number)},
            held.product,
            held.shop,
            held.name,
            held.item_code,
            held.tax_code,
            held.quantity,
            held.unit_price,
            *total,
            vat_inside(*total, vat_rate(held.tax_code)),
            held.tier,
            basket_.commission
        };
    }

    // An earlier call of the same request may have placed the order with a try of its own: its
    // holds stand, and ours are let go. A try that somebody closed meanwhile may be made anew.
    void place_answered(const Outcome& outcome) {
        const bool placed = outcome.kind == Outcome::Kind::committed;
        lost_ = outcome.refusal == "try_closed";
        if (!placed) failure_ = lost_ ? overloaded() : outcome;
        if (placed && !outcome.replayed) {
            answer({Placed::Kind::placed, outcome, {}});
            return;
        }
        if (placed) earlier_ = outcome;
        close_try();
    }

    bool holds_anything() const {
        return std::ranges::any_of(held_, [](const auto& held) { return held.has_value(); });
    }

    // The try is closed before any answer, or a late Place of it could still win.
    void close_try() {
        if (!holds_anything()) {
            conclude({.kind = Outcome::Kind::committed});
            return;
        }
        Command command = prepare("close");
        command.deadline = Instant{INT64_MAX};
        command.key = basket_.order.value;
        Order::CloseTry close{basket_.try_id, {}};
        for (const auto& held : held_) {
            if (held) close.held.push_back({held->product, held->quantity});
        }
        command.to = {stream_of<Order>(basket_.order.value), Order::Command{std::move(close)}};
        command.reply = [self = shared_from_this()](const Outcome& outcome) {
            self->closed(outcome);
        };
        engine_.submit_here(std::move(command));
    }

    // A try that this closed, or that was closed before it could place, has lost for certain. Its
    // holds are let go here and now, and the process on TryClosed finds nothing left to do.
    void closed(const Outcome& outcome) {
        const bool committed = outcome.kind == Outcome::Kind::committed;
        if (committed && (lost_ || !outcome.commit->events.empty())) {
            release_all(outcome);
        } else {
            conclude(outcome);
        }
    }

    void release_all(const Outcome& closing) {
        outstanding_ = static_cast<std::size_t>(std::ranges::count_if(held_, [](const auto& held) {
            return held.has_value();
        }));
        for (const auto& held : held_) {
            if (!held) continue;
            Command command = to_product("release:", held->product);
            command.deadline = Instant{INT64_MAX};
            command.to.command =
                Product::Command{Product::ReleaseHold{basket_.order, basket_.try_id}};
            command.reply = [self = shared_from_this(), closing](const Outcome&) {
                if (--self->outstanding_ == 0) self->conclude(closing);
            };
            engine_.submit_here(std::move(command));
        }
    }

    void conclude(const Outcome& closing) {
        if (answered()) return;
        if (earlier_) {
            answer({Placed::Kind::placed, *earlier_, {}});
        } else if (!asked_again_ && placed_before().value_or(false)) {
            asked_again_ = true;
            ask_order();
        } else if (closing.kind != Outcome::Kind::committed) {
            answer({Placed::Kind::failed, failure_.value_or(closing), {}});
        } else if (failure_) {
            answer({Placed::Kind::failed, *failure_, {}});
        } else if (too_large_) {
            answer({Placed::Kind::amount_too_large, {}, {}});
        } else if (!unavailable_.empty()) {
            answer({Placed::Kind::product_unavailable, {}, std::move(unavailable_)});
        } else {
            answer({Placed::Kind::out_of_stock, {}, std::move(too_few_)});
        }
    }

    // The first who asked gets the answer, the others its repeat.
    void answer(Placed placed) {
        for (const Done& done : std::exchange(waiting_for_it_, {})) {
            done(placed);
            placed.outcome.replayed = true;
        }
    }

    Engine& engine_;
    Basket basket_;
    PlacingRequest request_;
    std::vector<Done> waiting_for_it_;  ///< Empty once they are answered.
    std::vector<std::optional<StockHeld>> held_;
    std::vector<ProductId> too_few_;
    std::vector<ProductId> unavailable_;
    std::optional<Outcome> failure_;
    std::optional<Outcome> earlier_;
    std::size_t outstanding_ = 0;
    bool holding_ = false;
    bool lost_ = false;
    bool too_large_ = false;
    bool asked_again_ = false;
};

}  // namespace

/// By the request's id. Those that are answered are forgotten at the next look.
struct PlacingDesk::Book {
    std::unordered_map<CommandId, std::weak_ptr<Placing>, CommandIdHash> running;

    std::shared_ptr<Placing> find(const CommandId& id) const {
        const auto found = running.find(id);
        const auto placing = found == running.end() ? nullptr : found->second.lock();
        return placing && !placing->answered() ? placing : nullptr;
    }

    void look() {
        std::erase_if(running, [](const auto& each) {
            const auto placing = each.second.lock();
            if (placing) placing->look();
            return !placing || placing->answered();
        });
    }
};

PlacingDesk::PlacingDesk(Engine& engine) : engine_{engine}, book_{std::make_shared<Book>()} {
    engine.on_tick([book = book_] { book->look(); });
}

void PlacingDesk::place(Basket basket, PlacingRequest request, std::function<void(Placed)> done) {
    if (!engine_.admits()) {
        done({Placed::Kind::failed, {.kind = Outcome::Kind::overloaded}, {}});
        return;
    }
    engine_.post([&engine = engine_,
                  book = book_,
                  basket = std::move(basket),
                  request = std::move(request),
                  done = std::move(done)]() mutable {
        const CommandId id = request.id;
        if (const auto same = book->find(id)) {
            same->attach(request.fingerprint, std::move(done));
            return;
        }
        auto placing = std::make_shared<Placing>(
            engine, std::move(basket), std::move(request), std::move(done)
        );
        book->running[id] = placing;
        placing->begin();
    });
}

}  // namespace pakashop
