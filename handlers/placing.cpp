#include "handlers/placing.hpp"

#include <algorithm>

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

/// One execution, alive as long as a reply is outstanding. Lives on the engine's thread.
class Placing : public std::enable_shared_from_this<Placing> {
public:
    Placing(Engine& engine, Basket basket, PlacingRequest request, std::function<void(Placed)> done)
        : engine_{engine},
          basket_{with_lines_summed(std::move(basket))},
          request_{std::move(request)},
          done_{std::move(done)},
          held_(basket_.lines.size()) {}

    // A repeated request is answered by the commit it made: the shard knows it by its id.
    void begin() {
        if (placed_before()) {
            ask_order();
        } else {
            hold_all();
        }
    }

private:
    bool placed_before() const {
        const PartitionId partition = engine_.partition_of_key(basket_.order.value);
        return engine_.store().find_command(partition, request_.id).has_value();
    }

    void hold_all() {
        waiting_ = basket_.lines.size();
        for (std::size_t i = 0; i < basket_.lines.size(); ++i) {
            const Basket::Line& line = basket_.lines[i];
            Command command = prepare("hold:" + line.product.value);
            command.key = line.product.value;
            command.to = {
                stream_of<Product>(line.product.value),
                Product::Command{
                    Product::Hold{basket_.order, basket_.try_id, line.quantity, request_.now}
                }
            };
            command.reply = [self = shared_from_this(), i](const Outcome& outcome) {
                self->hold_answered(i, outcome);
            };
            engine_.submit(std::move(command));
        }
    }

private:
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
            lacking_.push_back(basket_.lines[i].product);
            unavailable_ = unavailable_ || outcome.refusal != "out_of_stock";
        } else {
            failure_ = outcome;
        }
        if (--waiting_ == 0) all_answered();
    }

    void take_hold(std::size_t i, const Commit& commit) {
        for (const CommittedEvent& event : commit.events) {
            const auto* product = std::get_if<ProductEvent>(&event.event);
            if (const auto* held = product ? std::get_if<StockHeld>(product) : nullptr) {
                held_[i] = *held;
                if (request_.may_sell(held->shop)) continue;
                lacking_.push_back(held->product);
                unavailable_ = true;
            }
        }
    }

    void all_answered() {
        const bool late = engine_.clock().now() > request_.deadline;
        if (late && !failure_) failure_ = Outcome{.kind = Outcome::Kind::overloaded};
        if (failure_ || !lacking_.empty()) {
            close_try();
            return;
        }
        auto order = order_from_holds();
        if (!order) {
            too_large_ = true;
            close_try();
            return;
        }
        send_place(*std::move(order));
    }

    void ask_order() {
        Order::Place none;
        none.order = basket_.order;
        none.try_id = basket_.try_id;
        send_place(std::move(none));
    }

    void send_place(Order::Place place) {
        Command command = prepare("place");
        command.id = request_.id;
        command.trace.causation.clear();
        command.key = basket_.order.value;
        command.to = {stream_of<Order>(basket_.order.value), Order::Command{std::move(place)}};
        command.reply = [self = shared_from_this()](const Outcome& outcome) {
            self->place_answered(outcome);
        };
        engine_.submit(std::move(command));
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
    // holds stand, and ours are let go.
    void place_answered(const Outcome& outcome) {
        const bool placed = outcome.kind == Outcome::Kind::committed;
        if (!placed) failure_ = outcome;
        if (placed && !outcome.replayed) {
            finish({Placed::Kind::placed, outcome, {}});
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
            closed({.kind = Outcome::Kind::committed});
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
        engine_.submit(std::move(command));
    }

    void closed(const Outcome& outcome) {
        if (earlier_) {
            finish({Placed::Kind::placed, *earlier_, {}});
        } else if (!asked_again_ && placed_before()) {
            asked_again_ = true;
            ask_order();
        } else if (outcome.kind != Outcome::Kind::committed) {
            finish({Placed::Kind::failed, failure_.value_or(outcome), {}});
        } else if (failure_) {
            finish({Placed::Kind::failed, *failure_, {}});
        } else if (too_large_) {
            finish({Placed::Kind::amount_too_large, {}, {}});
        } else {
            const auto kind =
                unavailable_ ? Placed::Kind::product_unavailable : Placed::Kind::out_of_stock;
            finish({kind, {}, std::move(lacking_)});
        }
    }

    void finish(Placed placed) { done_(std::move(placed)); }

    Engine& engine_;
    Basket basket_;
    PlacingRequest request_;
    std::function<void(Placed)> done_;
    std::vector<std::optional<StockHeld>> held_;
    std::vector<ProductId> lacking_;
    std::optional<Outcome> failure_;
    std::optional<Outcome> earlier_;
    std::size_t waiting_ = 0;
    bool unavailable_ = false;
    bool too_large_ = false;
    bool asked_again_ = false;
};

}  // namespace

void place_order(
    Engine& engine,
    Basket basket,
    PlacingRequest request,
    std::function<void(Placed)> done
) {
    std::make_shared<Placing>(engine, std::move(basket), std::move(request), std::move(done))
        ->begin();
}

}  // namespace pakashop
