// A program of another ABI (i386): its first call prints, if it is let.
void _start(void)
{
	static const char text[] = "an i386 program runs\n";
	long r;
	__asm__ volatile("int $0x80" : "=a"(r) : "0"(4), "b"(1), "c"(text), "d"(sizeof text - 1) : "memory");
	__asm__ volatile("int $0x80" : "=a"(r) : "0"(1), "b"(21));
	for (;;)
		;
}
