"""How GLIDE is reached: options, the connections (lanes), and the pool that libraries look into."""
