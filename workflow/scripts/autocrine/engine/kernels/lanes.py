"""Eight genes side by side: a number type whose arithmetic is vector code, written like that of one number.

Every operation acts on each lane alone, so what a lane gives does not depend on the genes in the others. Helpers that
use the functions below take one number or eight: numba compiles them for either.
"""

from __future__ import annotations

import operator

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.imputils import impl_ret_borrowed, lower_builtin
from numba.core.typeconv import Conversion
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_cast, models, register_model

from autocrine.engine.kernels.compile import helper

LANES = 8

_FLOATS = ir.VectorType(ir.DoubleType(), LANES)
_FIRST = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
_SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
_ONE_BITS = 0x3FF0000000000000
_MANTISSA = 0x000FFFFFFFFFFFFF
_TWO_52_BITS = 0x4330000000000000
_TWO_52_AND_BIAS = 4503599627370496.0 + 1023.0


class _Lanes(types.Type):
    """Eight float64."""

    def __init__(self) -> None:
        super().__init__("lanes")

    def can_convert_from(self, typing_context: object, other: types.Type) -> Conversion | None:
        return Conversion.safe if isinstance(other, types.Float) else None


lanes = _Lanes()
# numba aligns arrays less than vectors of this size are by nature
lane_array = types.Array(lanes, 1, "C", aligned=False)
_float_array = types.Array(types.float64, 1, "C")


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: object, numba_type: types.Type) -> None:
        super().__init__(manager, numba_type, _FLOATS)


def _repeat(builder, value):
    undefined = ir.Constant(_FLOATS, ir.Undefined)
    single = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(single, undefined, _FIRST)


@lower_cast(types.Float, lanes)
def _cast(context, builder, source, target, value):
    return _repeat(builder, context.cast(builder, value, source, types.float64))


def _define(operation, instruction):
    @infer_global(operation)
    class _Typed(AbstractTemplate):
        def generic(self, args, kws):
            if lanes in args and all(each == lanes or isinstance(each, types.Float) for each in args):
                return signature(lanes, lanes, lanes)
            return None

    @lower_builtin(operation, lanes, lanes)
    def _lower(context, builder, typed, args):
        return getattr(builder, instruction)(*args)


for _name, _instruction in {"add": "fadd", "sub": "fsub", "mul": "fmul", "truediv": "fdiv"}.items():
    _define(getattr(operator, _name), _instruction)
    _define(getattr(operator, f"i{_name}"), _instruction)


def _view(context, builder, source, target_type, data_type, size, length):
    """Return an array of another type on the memory of an array."""
    out = context.make_array(target_type)(context, builder)
    size = context.get_constant(types.intp, size)
    context.populate_array(
        out,
        data=builder.bitcast(source.data, data_type.as_pointer()),
        shape=[length],
        strides=[size],
        itemsize=size,
        meminfo=source.meminfo,
        parent=source.parent,
    )
    return impl_ret_borrowed(context, builder, target_type, out._getvalue())


@intrinsic
def as_lanes(typing_context, values):
    """Return a float64 array (8 N,) as N numbers of eight lanes, in the same memory."""

    def generate(context, builder, typed, args):
        source = context.make_array(typed.args[0])(context, builder, args[0])
        length = builder.sdiv(builder.extract_value(source.shape, 0), context.get_constant(types.intp, LANES))
        return _view(context, builder, source, lane_array, _FLOATS, 8 * LANES, length)

    return lane_array(_float_array), generate


@intrinsic
def as_floats(typing_context, values):
    """Return N numbers of eight lanes as a float64 array (8 N,), in the same memory: lane l of number k is 8 k + l."""

    def generate(context, builder, typed, args):
        source = context.make_array(typed.args[0])(context, builder, args[0])
        length = builder.mul(builder.extract_value(source.shape, 0), context.get_constant(types.intp, LANES))
        return _view(context, builder, source, _float_array, ir.DoubleType(), 8, length)

    return _float_array(lane_array), generate


@intrinsic
def where_less(typing_context, x, limit, yes, no):
    """Return ``yes`` where x < limit, else ``no``; for one number or lane by lane."""
    kind = lanes if lanes in (x, limit, yes, no) else types.float64

    def generate(context, builder, typed, args):
        return builder.select(builder.fcmp_ordered("<", args[0], args[1]), args[2], args[3])

    return kind(kind, kind, kind, kind), generate


@intrinsic
def any_less(typing_context, x, limit):
    """Whether x < limit in any lane."""
    kind = lanes if lanes in (x, limit) else types.float64
    bits = ir.IntType(LANES if kind == lanes else 1)

    def generate(context, builder, typed, args):
        less = builder.bitcast(builder.fcmp_ordered("<", args[0], args[1]), bits)
        return builder.icmp_unsigned("!=", less, ir.Constant(bits, 0))

    return types.boolean(kind, kind), generate


@intrinsic
def split(typing_context, x):
    """Return e and m in [sqrt(1/2), sqrt(2)) with x = 2^e m, both as floats, for positive, normal x.

    The exponent is turned into a float by the 2^52 trick, as AVX2 has no conversion of 64-bit integers.
    """
    kind = lanes if x == lanes else types.float64

    def generate(context, builder, typed, args):
        def constant(value):
            return ir.Constant(whole, [value] * LANES if kind == lanes else value)

        whole, bias, floats = ir.IntType(64), _TWO_52_AND_BIAS, ir.DoubleType()
        if kind == lanes:
            whole, bias, floats = ir.VectorType(whole, LANES), [bias] * LANES, _FLOATS
        shifted = builder.add(builder.bitcast(args[0], whole), constant(_ONE_BITS - _SQRT_HALF_BITS))
        exponent = builder.and_(builder.lshr(shifted, constant(52)), constant(0x7FF))
        exponent = builder.bitcast(builder.or_(exponent, constant(_TWO_52_BITS)), floats)
        mantissa = builder.add(builder.and_(shifted, constant(_MANTISSA)), constant(_SQRT_HALF_BITS))
        parts = builder.fsub(exponent, ir.Constant(floats, bias)), builder.bitcast(mantissa, floats)
        return context.make_tuple(builder, typed.return_type, parts)

    return types.UniTuple(kind, 2)(kind), generate


@intrinsic
def power_of_two(typing_context, k):
    """Return 2^k for whole k from -1022 to 1023."""
    kind = lanes if k == lanes else types.float64

    def generate(context, builder, typed, args):
        whole, floats, bias, shift = ir.IntType(64), ir.DoubleType(), _TWO_52_AND_BIAS, 52
        if kind == lanes:
            whole, floats = ir.VectorType(whole, LANES), _FLOATS
            bias, shift = [bias] * LANES, [shift] * LANES
        biased = builder.bitcast(builder.fadd(args[0], ir.Constant(floats, bias)), whole)
        return builder.bitcast(builder.shl(biased, ir.Constant(whole, shift)), floats)

    return kind(kind), generate


@helper
def empty_lanes(n):
    """Return work space for ``n`` numbers of eight lanes. Memory that is not written to is not taken."""
    return as_lanes(np.empty(n * LANES))


@helper
def lanes_of_one(n):
    """Return ``n`` numbers of eight lanes, all 1, so that lanes without a gene compute something harmless."""
    return as_lanes(np.ones(n * LANES))


@helper
def put_lane(target, lane, values):
    """Write values (N,) into a lane of N numbers."""
    numbers = as_floats(target)
    for k in range(values.shape[0]):
        numbers[k * LANES + lane] = values[k]


@helper
def put_row(target, lane, rows, gene):
    """Write the row of a gene into a lane; of a matrix of a single row, that all genes share, this one."""
    put_lane(target, lane, rows[gene if rows.shape[0] > 1 else 0])


@helper
def put_number(target, lane, value):
    """Write a value into a lane of the first number."""
    as_floats(target)[lane] = value


@helper
def take_lane(source, lane, out):
    """Write a lane of N numbers into ``out`` (N,)."""
    numbers = as_floats(source)
    for k in range(out.shape[0]):
        out[k] = numbers[k * LANES + lane]
