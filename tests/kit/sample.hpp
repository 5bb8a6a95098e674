#pragma once

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/any_event.hpp"

/// Fully populated examples of declared structs, made by walking their fields. The same type gives
/// the same example every time.
namespace pakashop::kit {

/// Makes one value after the other, each unlike the one before.
class SampleMaker {
public:
    template <class T>
    T make() {
        T value{};
        fill(value);
        return value;
    }

private:
    // Characters that JSON has to escape, and some that it must not touch.
    void fill(std::string& out) { out = "text " + next() + " \"quoted\" \\ / \n \u0142\u20ac"; }
    void fill(bool& out) { out = true; }
    template <std::integral T>
    void fill(T& out) {
        out = static_cast<T>(100 + number() % 100);
    }
    void fill(Money& out) { out = {number() * 1000 + 5}; }
    void fill(Rate& out) { out = {160'000 + number()}; }
    void fill(Instant& out) { out = {1'778'580'000'000 + number() * 1001}; }
    void fill(Digest& out) { out = sha256(next()); }
    template <class Tag>
    void fill(Id<Tag>& out) {
        out.value = "id_" + next();
    }
    template <NamedEnum E>
    void fill(E& out) {
        const auto names = static_cast<std::int64_t>(enum_names(E{}).size());
        out = static_cast<E>(number() % names);
    }
    template <class T>
    void fill(Sealed<T>& out) {
        out = Sealed<T>{Ciphertext{"usr_" + next() + "/person#2", to_base64(sha256(next()))}};
    }
    template <class T>
    void fill(std::optional<T>& out) {
        fill(out.emplace());
    }
    template <class T>
    void fill(std::vector<T>& out) {
        for (int i = 0; i < 2; ++i) fill(out.emplace_back());
    }
    template <class T>
    void fill(std::map<std::string, T>& out) {
        for (int i = 0; i < 2; ++i) fill(out["name " + next()]);
    }
    template <Declared T>
    void fill(T& out) {
        for_each_field<T>(out, [&](std::string_view, auto& member) { fill(member); });
    }

    std::int64_t number() { return ++number_; }
    std::string next() { return std::to_string(number()); }

    std::int64_t number_ = 0;
};

/// A fully populated example.
template <class T>
T sample() {
    return SampleMaker{}.make<T>();
}

/// A fully populated example of an event type, and the fields that its type declares.
struct EventSample {
    struct Field {
        std::string_view name;
        bool optional;
        bool told;  ///< To those outside.
    };
    std::string_view type;
    AnyEvent event;
    std::vector<Field> fields;
};

/// One of every event type there is: data, so that a test of all of them is compiled once.
const std::vector<EventSample>& event_samples();

/// The event inside its family, as everything that takes any event wants it.
template <class Event>
AnyEvent as_any(const Event& event) {
    std::optional<AnyEvent> out;
    const auto try_family = [&]<class Family>(std::type_identity<Family>) {
        if constexpr (std::is_constructible_v<Family, Event>) {
            if (!out) out = AnyEvent{Family{event}};
        }
    };
    const auto all = [&]<class... Families>(std::type_identity<std::variant<Families...>>) {
        (try_family(std::type_identity<Families>{}), ...);
    };
    all(std::type_identity<AnyEvent>{});
    return *out;
}

}  // namespace pakashop::kit
